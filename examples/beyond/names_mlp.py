"""Letters to vectors, three vectors to the next letter: a network that invents first names.

After Bengio et al., "A neural probabilistic language model" (2003), at the size of Andrej Karpathy's makemore.

``python -m examples.beyond.names_mlp``
"""

import random

import tinygrad_wtf as torch
import tinygrad_wtf.nn.functional as F
from examples.beyond.words import LETTERS, NAMES, contexts

BLOCK = 3  # how many letters the network sees


def build_dataset(words):
    X, Y = contexts(words, BLOCK)
    return torch.tensor(X), torch.tensor(Y)


def main(steps=500):
    words = list(NAMES)
    random.shuffle(words)
    n = int(0.9 * len(words))
    Xtr, Ytr = build_dataset(words[:n])
    Xval, Yval = build_dataset(words[n:])
    print(Xtr.shape, Xtr.dtype, Ytr.shape, Ytr.dtype)

    V = len(LETTERS)
    C = torch.randn((V, 8))
    W1 = torch.randn((BLOCK * 8, 64)) * (5 / 3) / (BLOCK * 8) ** 0.5
    b1 = torch.randn(64) * 0.01
    W2 = torch.randn((64, V)) * 0.01
    b2 = torch.zeros(V)
    parameters = [C, W1, b1, W2, b2]
    print(sum(p.nelement() for p in parameters), "parameters")
    for p in parameters:
        p.requires_grad = True

    losses = []
    for i in range(steps):
        ix = torch.randint(0, Xtr.shape[0], (32,))
        emb = C[Xtr[ix]]
        h = torch.tanh(emb.view(-1, BLOCK * 8) @ W1 + b1)
        logits = h @ W2 + b2
        loss = F.cross_entropy(logits, Ytr[ix])
        for p in parameters:
            p.grad = None
        loss.backward()
        lr = 0.1 if i < steps * 3 // 4 else 0.01
        for p in parameters:
            p.data += -lr * p.grad
        losses.append(loss.item())
        if i % 100 == 0:
            print(f"{i:5d}/{steps}: {loss.item():.4f}")

    @torch.no_grad()
    def split_loss(x, y):
        h = torch.tanh(C[x].view(x.shape[0], -1) @ W1 + b1)
        return F.cross_entropy(h @ W2 + b2, y).item()

    print(f"train {split_loss(Xtr, Ytr):.3f}, validation {split_loss(Xval, Yval):.3f}")

    for _ in range(5):
        out, context = [], [0] * BLOCK
        while len(out) < 12:
            emb = C[torch.tensor([context])]
            h = torch.tanh(emb.view(1, -1) @ W1 + b1)
            probs = F.softmax(h @ W2 + b2, dim=1)
            ix = torch.multinomial(probs, num_samples=1).item()
            if ix == 0:
                break
            context = [*context[1:], ix]
            out.append(ix)
        print("".join(LETTERS[i] for i in out))
        losses.append(float(sum(out)))
    return losses


if __name__ == "__main__":
    random.seed(42)
    torch.manual_seed(2147483647)
    main()
