"""Sorting with a transformer: an encoder reads digits, a decoder writes them in order, one after another.

``python -m examples.beyond.transformer``
"""

import math

import tinygrad_wtf as torch
from tinygrad_wtf import Tensor, nn


class PositionalEncoding(nn.Module):
    """Sines and cosines of the place (Vaswani et al., 2017)."""

    def __init__(self, d_model, dropout=0.1, max_len=32):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pe[:, : x.size(1)]
        return self.dropout(x)


class Sorter(nn.Module):
    """`nn.Transformer` between two embeddings and a linear layer."""

    def __init__(self, symbols=10, d_model=32, nhead=4):
        super().__init__()
        self.d_model, self.start = d_model, symbols
        self.embedding = nn.Embedding(symbols + 1, d_model)
        self.pos_encoder = PositionalEncoding(d_model)
        self.transformer = nn.Transformer(d_model, nhead, 1, 1, dim_feedforward=64, dropout=0.05, batch_first=True)
        self.linear = nn.Linear(d_model, symbols)

    def embed(self, tokens):
        return self.pos_encoder(self.embedding(tokens) * math.sqrt(self.d_model))

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
        out = self.transformer(self.embed(src), self.embed(tgt), tgt_mask=mask, tgt_is_causal=True)
        return self.linear(out)


def main(steps=200, length=6):
    model = Sorter()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, betas=(0.9, 0.98), eps=1e-9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / 20, (20 / (s + 1)) ** 0.5))

    def batch(n):
        src = torch.randint(0, 10, (n, length))
        tgt, _ = torch.sort(src, dim=1)
        start = torch.full((n, 1), model.start, dtype=torch.long)
        return src, torch.cat([start, tgt[:, :-1]], dim=1), tgt

    losses = []
    for step in range(steps):
        src, tgt_in, tgt_out = batch(32)
        output = model(src, tgt_in)
        loss = criterion(output.reshape(-1, 10), tgt_out.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
        if step % 50 == 0:
            print(f"step {step:3d}  loss {loss.item():.3f}  perplexity {math.exp(loss.item()):.2f}")

    model.eval()
    with torch.no_grad():
        src, _, wanted = batch(20)
        written = torch.full((20, 1), model.start, dtype=torch.long)
        for _ in range(length):
            following = model(src, written)[:, -1].argmax(-1, keepdim=True)
            written = torch.hstack((written, following))
    right = (written[:, 1:] == wanted).float().mean()
    print(src[0].tolist(), "->", written[0, 1:].tolist(), f"{right:.0%} right")
    return [*losses, right.item()]


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
