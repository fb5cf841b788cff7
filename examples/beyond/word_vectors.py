"""Which letters are like which: vectors of letters from their neighbours, by negative sampling; and a bag of letters.

Mikolov et al., "Distributed representations of words and phrases and their compositionality" (2013).

``python -m examples.beyond.word_vectors``
"""

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F
from examples.beyond.words import LETTERS, NAMES


class SkipGram(nn.Module):
    """A vector for each letter, and one for each letter as a neighbour."""

    def __init__(self, n_vocab, n_embed):
        super().__init__()
        self.in_embed = nn.Embedding(n_vocab, n_embed)
        self.out_embed = nn.Embedding(n_vocab, n_embed)
        self.in_embed.weight.data.uniform_(-1, 1)
        self.out_embed.weight.data.uniform_(-1, 1)

    def forward(self, center, near, noise):
        v = self.in_embed(center)
        good = F.logsigmoid((self.out_embed(near) * v).sum(-1))
        bad = F.logsigmoid(-torch.bmm(self.out_embed(noise), v.unsqueeze(2))).squeeze(2).sum(1)
        return -(good + bad).mean()


def main(steps=300):
    pairs = [
        (LETTERS.index(a), LETTERS.index(b)) for name in NAMES for a, b in [*zip(name, name[1:]), *zip(name[1:], name)]
    ]
    pairs = torch.LongTensor(pairs)
    counts = torch.bincount(pairs[:, 1], minlength=len(LETTERS))
    noise_dist = counts.pow(0.75) / counts.pow(0.75).sum()
    model = SkipGram(len(LETTERS), 6)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.3)
    losses = []
    for step in range(steps):
        chosen = pairs[torch.randint(len(pairs), (64,))]
        noise = torch.multinomial(noise_dist, 64 * 4, replacement=True).view(64, 4)
        loss = model(chosen[:, 0], chosen[:, 1], noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 100 == 0:
            print(f"step {step:3d}  loss {loss.item():.4f}")

    vectors = F.normalize(model.in_embed.weight.detach(), dim=1)
    alike = vectors @ vectors.T
    alike.fill_diagonal_(-1)
    used = counts[1:].nonzero().squeeze() + 1
    for letter in "aeln":
        row = alike[LETTERS.index(letter)][used]
        value, place = row.topk(3)
        print(letter, "is like", [f"{LETTERS[used[p]]} {v:.2f}" for v, p in zip(value, place)])
        losses.append(value.sum().item())

    # does a name end in a? a bag of its letters, of any length, and no more
    text = torch.cat([torch.tensor([LETTERS.index(c) for c in name]) for name in NAMES])
    offsets = torch.tensor([0] + [len(name) for name in NAMES[:-1]]).cumsum(dim=0)
    ends = torch.tensor([float(name.endswith("a")) for name in NAMES])
    bag, head = nn.EmbeddingBag(len(LETTERS), 8, mode="mean"), nn.Linear(8, 1)
    optimizer = torch.optim.Adam([*bag.parameters(), *head.parameters()], lr=0.05)
    for _ in range(50):
        loss = F.binary_cross_entropy_with_logits(head(bag(text, offsets)).flatten(), ends)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"ends in a: loss {losses[-1]:.3f}")
    return losses


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
