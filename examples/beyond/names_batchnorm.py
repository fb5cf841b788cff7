"""The same letters with BatchNorm written by hand, and looks inside: how activations and gradients are spread.

Says for each layer how many units are saturated, how large the gradients are, and how large an update is beside the
weights that it changes.

``python -m examples.beyond.names_batchnorm``
"""

import random

import tinygrad_wtf as torch
import tinygrad_wtf.nn.functional as F
from examples.beyond.words import LETTERS, NAMES, contexts

BLOCK = 3


class Linear:
    """Weights and perhaps a bias."""

    def __init__(self, fan_in, fan_out, bias=True):
        self.weight = torch.randn((fan_in, fan_out)) / fan_in**0.5
        self.bias = torch.zeros(fan_out) if bias else None

    def __call__(self, x):
        self.out = x @ self.weight
        if self.bias is not None:
            self.out += self.bias
        return self.out

    def parameters(self):
        return [self.weight] + ([] if self.bias is None else [self.bias])


class BatchNorm1d:
    """Each feature with mean 0 and variance 1 over the batch; running ones are kept for later."""

    def __init__(self, dim, eps=1e-5, momentum=0.1):
        self.eps, self.momentum, self.training = eps, momentum, True
        self.gamma, self.beta = torch.ones(dim), torch.zeros(dim)
        self.running_mean, self.running_var = torch.zeros(dim), torch.ones(dim)

    def __call__(self, x):
        if self.training:
            mean, var = x.mean(0, keepdim=True), x.var(0, keepdim=True)
        else:
            mean, var = self.running_mean, self.running_var
        xhat = (x - mean) / torch.sqrt(var + self.eps)
        self.out = self.gamma * xhat + self.beta
        if self.training:
            with torch.no_grad():
                self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
                self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
        return self.out

    def parameters(self):
        return [self.gamma, self.beta]


class Tanh:
    """No parameters."""

    def __call__(self, x):
        self.out = torch.tanh(x)
        return self.out

    def parameters(self):
        return []


def main(steps=300):
    words = list(NAMES)
    random.shuffle(words)
    Xtr, Ytr = map(torch.tensor, contexts(words, BLOCK))
    V, n_embd, n_hidden = len(LETTERS), 8, 40

    C = torch.randn((V, n_embd))
    layers = [
        Linear(n_embd * BLOCK, n_hidden, bias=False), BatchNorm1d(n_hidden), Tanh(),
        Linear(n_hidden, n_hidden, bias=False), BatchNorm1d(n_hidden), Tanh(),
        Linear(n_hidden, V, bias=False), BatchNorm1d(V),
    ]  # fmt: skip
    with torch.no_grad():
        layers[-1].gamma *= 0.1
        for layer in layers[:-1]:
            if isinstance(layer, Linear):
                layer.weight *= 5 / 3
    parameters = [C] + [p for layer in layers for p in layer.parameters()]
    for p in parameters:
        p.requires_grad = True

    losses, ud = [], []
    for i in range(steps):
        ix = torch.randint(0, Xtr.shape[0], (32,))
        Xb, Yb = Xtr[ix], Ytr[ix]
        x = C[Xb].view(Xb.shape[0], -1)
        for layer in layers:
            x = layer(x)
        loss = F.cross_entropy(x, Yb)
        for layer in layers:
            layer.out.retain_grad()
        for p in parameters:
            p.grad = None
        loss.backward()
        lr = 0.1
        for p in parameters:
            p.data += -lr * p.grad
        losses.append(loss.item())
        with torch.no_grad():
            ud.append([((lr * p.grad).std() / p.data.std()).log10().item() for p in parameters if p.ndim == 2])

    for i, layer in enumerate(layers):
        if isinstance(layer, Tanh):
            t, g = layer.out, layer.out.grad
            saturated = (t.abs() > 0.97).float().mean() * 100
            print(
                f"layer {i}: mean {t.mean():+.2f}, std {t.std():.2f}, saturated {saturated:.1f}%, grad std {g.std():e}"
            )
            hy, hx = torch.histogram(t.detach(), bins=10, density=True)
            print("   ", " ".join(f"{v:.2f}" for v in hy.tolist()), "between", f"{hx[0]:.2f} and {hx[-1]:.2f}")
            losses += [t.mean().item(), t.std().item(), g.std().item(), saturated.item(), *hy.tolist()]
    print("update : weight, log10:", [f"{value:.2f}" for value in ud[-1]])
    losses += ud[-1]

    for layer in layers:
        layer.training = False
    context, out = [0] * BLOCK, []
    while len(out) < 12:
        x = C[torch.tensor([context])].view(1, -1)
        for layer in layers:
            x = layer(x)
        ix = torch.multinomial(F.softmax(x, dim=1), num_samples=1).item()
        context = [*context[1:], ix]
        out.append(LETTERS[ix])
        if ix == 0:
            break
    print("".join(out))
    losses.append(float(len(out)))
    return losses


if __name__ == "__main__":
    random.seed(42)
    torch.manual_seed(2147483647)
    main()
