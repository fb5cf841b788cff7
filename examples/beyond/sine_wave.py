"""The next value of a sine wave, by a plain recurrent network, an LSTM and a GRU; then the wave goes on alone.

``python -m examples.beyond.sine_wave``
"""

import numpy as np

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn


class Forecaster(nn.Module):
    """A recurrent layer and a linear one."""

    def __init__(self, kind, hidden_size=16, num_layers=1):
        super().__init__()
        self.rnn = getattr(nn, kind)(input_size=1, hidden_size=hidden_size, num_layers=num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, 1)

    def forward(self, x, state=None):
        out, state = self.rnn(x, state)
        return self.head(out), state


def main(steps=60):
    t = np.linspace(0, 8 * np.pi, 200)
    wave = torch.Tensor(np.sin(t))
    windows = wave.unfold(0, 31, 5)
    X, Y = windows[:, :-1].unsqueeze(-1), windows[:, 1:].unsqueeze(-1)

    losses = []
    for kind, layers in (("RNN", 1), ("LSTM", 2), ("GRU", 1)):
        model = Forecaster(kind, num_layers=layers)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        loss_fn = nn.MSELoss()
        for _ in range(steps):
            optimizer.zero_grad()
            pred, _ = model(X)
            loss = loss_fn(pred, Y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            losses.append(loss.item())

        model.eval()
        with torch.inference_mode():
            value, state, future = X[:1], None, []
            for _ in range(20):
                out, state = model(value, state)
                value = out[:, -1:, :]
                future.append(value.item())
        print(f"{kind:4s} loss {losses[-1]:.5f}, goes on with {np.round(future[:4], 2)}")
        losses += future
    return losses


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
