"""The guide's algorithms as plain NumPy closed forms: the oracle of the exactness and gradient tests.

Samples are columns, as in the guide from practice 02 on. Nothing of the project is imported here.
"""

import numpy as np


def sigmoid(z):
    """1 / (1 + e^-z), theory 1."""
    return 1.0 / (1.0 + np.exp(-z))


def log_loss(a, y, epsilon=0.0):
    """-1/m Σ [y log a + (1 - y) log(1 - a)], theory 1; epsilon inside the logarithms as in practice 01."""
    return -np.mean(y * np.log(a + epsilon) + (1.0 - y) * np.log(1.0 - a + epsilon))


def forward(parameters, X):
    """The activations A0 = X, A1, ..., AL of a network of sigmoid layers; parameters are pairs (W, b)."""
    activations = [X]
    for W, b in parameters:
        activations.append(sigmoid(W @ activations[-1] + b))
    return activations


def back_propagation(parameters, activations, y):
    """(dZ, dW, db) of each layer: dZ_L = A_L - y; dZ_l = (W_{l+1}ᵀ dZ_{l+1}) ∘ A_l ∘ (1 - A_l), theory 2."""
    m = y.shape[1]
    dZ = activations[-1] - y
    found = []
    for layer in reversed(range(len(parameters))):
        before = activations[layer]
        found.append((dZ, dZ @ before.T / m, dZ.sum(axis=1, keepdims=True) / m))
        dZ = (parameters[layer][0].T @ dZ) * before * (1.0 - before)
    return found[::-1]


def train(parameters, X, y, rate, iterations):
    """Gradient descent; the loss before each update."""
    losses = []
    for _ in range(iterations):
        activations = forward(parameters, X)
        losses.append(log_loss(activations[-1], y))
        gradients = back_propagation(parameters, activations, y)
        parameters = [(W - rate * dW, b - rate * db) for (W, b), (_, dW, db) in zip(parameters, gradients, strict=True)]
    return np.array(losses), parameters


def neuron_gradients(X, y, a):
    """dL/dw_k = -1/m Σ x_ik (y_i - a_i) and dL/db = -1/m Σ (y_i - a_i), theory 1; samples are rows."""
    m = len(X)
    return -(X.T @ (y - a)) / m, -np.sum(y - a) / m
