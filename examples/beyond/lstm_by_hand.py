"""An LSTM written out gate by gate, which remembers the first letter of a sequence; `nn.LSTMCell` does the same.

``python -m examples.beyond.lstm_by_hand``
"""

import math

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn


class LSTM(nn.Module):
    """One layer; the gates in the order input, forget, cell, output, as in `nn.LSTM`."""

    def __init__(self, input_sz, hidden_sz):
        super().__init__()
        self.hidden_size = hidden_sz
        self.W = nn.Parameter(torch.Tensor(input_sz, hidden_sz * 4))
        self.U = nn.Parameter(torch.Tensor(hidden_sz, hidden_sz * 4))
        self.bias = nn.Parameter(torch.Tensor(hidden_sz * 4))
        self.init_weights()

    def init_weights(self):
        stdv = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            weight.data.uniform_(-stdv, stdv)

    def forward(self, x, init_states=None):
        bs, seq_sz, _ = x.size()
        hidden_seq = []
        if init_states is None:
            h_t, c_t = (
                torch.zeros(bs, self.hidden_size).to(x.device),
                torch.zeros(bs, self.hidden_size).to(x.device),
            )
        else:
            h_t, c_t = init_states
        HS = self.hidden_size
        for t in range(seq_sz):
            gates = x[:, t, :] @ self.W + h_t @ self.U + self.bias
            i_t, f_t, g_t, o_t = (
                torch.sigmoid(gates[:, :HS]),
                torch.sigmoid(gates[:, HS : HS * 2]),
                torch.tanh(gates[:, HS * 2 : HS * 3]),
                torch.sigmoid(gates[:, HS * 3 :]),
            )
            c_t = f_t * c_t + i_t * g_t
            h_t = o_t * torch.tanh(c_t)
            hidden_seq.append(h_t.unsqueeze(0))
        hidden_seq = torch.cat(hidden_seq, dim=0).transpose(0, 1).contiguous()
        return hidden_seq, (h_t, c_t)


def main(steps=150):
    symbols, length, batch = 4, 5, 32
    lstm, head = LSTM(symbols, 16), nn.Linear(16, symbols)
    optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()], lr=0.02)
    losses = []
    for step in range(steps):
        letters = torch.randint(0, symbols, (batch, length))
        x = nn.functional.one_hot(letters, num_classes=symbols).to(lstm.W.dtype)
        out, (h, _) = lstm(x)
        loss = nn.functional.cross_entropy(head(out[:, -1]), letters[:, 0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 50 == 0:
            print(f"step {step:3d}  loss {loss.item():.4f}")

    # The same weights in PyTorch's cell give the same states.
    cell = nn.LSTMCell(symbols, 16)
    with torch.no_grad():
        cell.weight_ih.copy_(lstm.W.t())
        cell.weight_hh.copy_(lstm.U.T)
        cell.bias_ih.copy_(lstm.bias)
        cell.bias_hh.zero_()
        state = None
        for t in range(length):
            state = cell(x[:, t], state)
        assert torch.allclose(state[0], lstm(x)[1][0], atol=1e-6)
        losses.append(state[1].sum().item())
    return losses


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
