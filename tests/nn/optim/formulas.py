"""The optimizers' formulas from their papers, once more, on NumPy's arrays."""

from __future__ import annotations

import numpy as np


def penalised(w, g, s):
    return (-g if s.get("maximize") else g) + s.get("weight_decay", 0) * w


def adam(w, gradient, steps, s, decoupled=False):
    (b1, b2), eps, lr = s.get("betas", (0.9, 0.999)), s.get("eps", 1e-8), s["lr"]
    decoupled = decoupled or s.get("decoupled_weight_decay", False)
    m, v, peak = 0, 0, 0
    for t in range(1, steps + 1):
        g = gradient(w)
        if decoupled:
            w = w - lr * s.get("weight_decay", 0.01) * w
            g = -g if s.get("maximize") else g
        else:
            g = penalised(w, g, s)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        peak = np.maximum(peak, v)
        size = (peak if s.get("amsgrad") else v) / (1 - b2**t)
        w = w - lr * (m / (1 - b1**t)) / (np.sqrt(size) + eps)
    return w


def adamw(w, gradient, steps, s):
    return adam(w, gradient, steps, s, decoupled=True)


def nadam(w, gradient, steps, s):
    (b1, b2), decay = s.get("betas", (0.9, 0.999)), s.get("momentum_decay", 4e-3)
    m, v, product = 0, 0, 1
    for t in range(1, steps + 1):
        g = penalised(w, gradient(w), s)
        mu, after = (b1 * (1 - 0.5 * 0.96 ** (k * decay)) for k in (t, t + 1))
        product *= mu
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        mean = after * m / (1 - product * after) + (1 - mu) * g / (1 - product)
        w = w - s["lr"] * mean / (np.sqrt(v / (1 - b2**t)) + 1e-8)
    return w


def radam(w, gradient, steps, s):
    b1, b2 = s.get("betas", (0.9, 0.999))
    m, v, most = 0, 0, 2 / (1 - b2) - 1
    for t in range(1, steps + 1):
        g = penalised(w, gradient(w), s)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        mean, length = m / (1 - b1**t), most - 2 * t * b2**t / (1 - b2**t)
        if length > 5:
            r = ((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)) ** 0.5
            mean = mean * r * np.sqrt(1 - b2**t) / (np.sqrt(v) + 1e-8)
        w = w - s["lr"] * mean
    return w


def adamax(w, gradient, steps, s):
    b1, b2 = s.get("betas", (0.9, 0.999))
    m, u = 0, 0
    for t in range(1, steps + 1):
        g = penalised(w, gradient(w), s)
        m, u = b1 * m + (1 - b1) * g, np.maximum(b2 * u, abs(g) + 1e-8)
        w = w - s["lr"] / (1 - b1**t) * m / u
    return w


def rmsprop(w, gradient, steps, s):
    alpha, v, mean, b = s.get("alpha", 0.99), 0, 0, 0
    for _ in range(steps):
        g = penalised(w, gradient(w), s)
        v, mean = alpha * v + (1 - alpha) * g**2, alpha * mean + (1 - alpha) * g
        d = np.sqrt(v - mean**2 if s.get("centered") else v) + 1e-8
        b = s.get("momentum", 0) * b + g / d
        w = w - s["lr"] * b
    return w


def adagrad(w, gradient, steps, s):
    total = s.get("initial_accumulator_value", 0)
    for t in range(steps):
        g = penalised(w, gradient(w), s)
        total = total + g**2
        w = w - s["lr"] / (1 + t * s.get("lr_decay", 0)) * g / (np.sqrt(total) + 1e-10)
    return w


def adadelta(w, gradient, steps, s):
    rho, v, u = s.get("rho", 0.9), 0, 0
    for _ in range(steps):
        g = penalised(w, gradient(w), s)
        v = rho * v + (1 - rho) * g**2
        move = np.sqrt(u + 1e-6) / np.sqrt(v + 1e-6) * g
        u = rho * u + (1 - rho) * move**2
        w = w - s["lr"] * move
    return w


def rprop(w, gradient, steps, s):
    less, more = s.get("etas", (0.5, 1.2))
    low, high = s.get("step_sizes", (1e-6, 50))
    last, size = np.zeros_like(w), np.full_like(w, s["lr"])
    for _ in range(steps):
        g = penalised(w, gradient(w), s)
        for i in range(len(w)):
            if g[i] * last[i] > 0:
                size[i] = min(size[i] * more, high)
            elif g[i] * last[i] < 0:
                size[i] = max(size[i] * less, low)
                g[i] = 0
        w, last = w - np.sign(g) * np.clip(size, low, high), g
    return w


def asgd(w, gradient, steps, s):
    lambd, alpha = s.get("lambd", 1e-4), s.get("alpha", 0.75)
    eta = s["lr"]
    for t in range(1, steps + 1):
        g = penalised(w, gradient(w), s)
        w = w - lambd * eta * w - eta * g
        eta = s["lr"] / (1 + lambd * s["lr"] * t) ** alpha
    return w


FORMULAS = {
    "Adam": adam,
    "AdamW": adamw,
    "NAdam": nadam,
    "RAdam": radam,
    "Adamax": adamax,
    "RMSprop": rmsprop,
    "Adagrad": adagrad,
    "Adadelta": adadelta,
    "Rprop": rprop,
    "ASGD": asgd,
}
