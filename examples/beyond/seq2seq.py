"""Names written backwards: a GRU reads letters of different lengths, another writes them, with attention between.

Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate" (2014).

``python -m examples.beyond.seq2seq``
"""

import random

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F
from examples.beyond.words import LETTERS, NAMES
from tinygrad_wtf.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from tinygrad_wtf.utils.data import DataLoader

PAD = len(LETTERS)


class Encoder(nn.Module):
    """Letters to one state a letter, in both directions."""

    def __init__(self, hidden):
        super().__init__()
        self.embedding = nn.Embedding(PAD + 1, 16, padding_idx=PAD)
        self.gru = nn.GRU(16, hidden, bidirectional=True, batch_first=True)

    def forward(self, src, lengths):
        packed = pack_padded_sequence(self.embedding(src), lengths, batch_first=True, enforce_sorted=False)
        outputs, hidden = self.gru(packed)
        outputs, _ = pad_packed_sequence(outputs, batch_first=True)
        return outputs, torch.cat((hidden[0], hidden[1]), dim=1)


class Decoder(nn.Module):
    """One letter at a time, with a look at what was read."""

    def __init__(self, hidden):
        super().__init__()
        self.embedding = nn.Embedding(PAD + 1, 16, padding_idx=PAD)
        self.cell = nn.GRUCell(16 + hidden, hidden)
        self.score = nn.Bilinear(hidden, hidden, 1, bias=False)
        self.out = nn.Linear(2 * hidden, PAD)

    def forward(self, letter, state, context, memory, mask):
        state = self.cell(torch.cat([self.embedding(letter), context], dim=-1), state)
        query = state.unsqueeze(1).expand_as(memory).contiguous()
        scores = self.score(query, memory).squeeze(-1)
        scores = scores.masked_fill(~mask, -1e9)
        weights = F.softmax(scores, dim=1)
        context = torch.bmm(weights.unsqueeze(1), memory).squeeze(1)
        return self.out(torch.cat([state, context], dim=-1)), state, context


def collate(batch):
    words = [torch.tensor([LETTERS.index(c) for c in name]) for name in batch]
    lengths = torch.tensor([len(w) for w in words])
    src = pad_sequence(words, batch_first=True, padding_value=PAD)
    tgt = pad_sequence([torch.cat([w.flip(0), torch.tensor([0])]) for w in words], batch_first=True, padding_value=PAD)
    return src, lengths, tgt


def main(steps=150, hidden=32):
    loader = DataLoader(list(NAMES), batch_size=32, shuffle=True, collate_fn=collate)
    encoder, decoder = Encoder(hidden // 2), Decoder(hidden)
    parameters = list(encoder.parameters()) + list(decoder.parameters())
    optimizer = torch.optim.NAdam(parameters, lr=5e-3)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD)

    def translate(src, lengths, tgt, teacher_forcing_ratio):
        memory, state = encoder(src, lengths)
        mask = src != PAD
        context = torch.zeros(len(src), hidden)
        letter = torch.zeros(len(src), dtype=torch.long)
        outputs = []
        for t in range(tgt.shape[1]):
            logits, state, context = decoder(letter, state, context, memory, mask)
            outputs.append(logits)
            teacher = random.random() < teacher_forcing_ratio
            letter = tgt[:, t].clamp(max=PAD) if teacher else logits.argmax(-1).detach()
        return torch.stack(outputs, dim=1)

    losses = []
    while len(losses) < steps:
        for src, lengths, tgt in loader:
            logits = translate(src, lengths, tgt, teacher_forcing_ratio=0.7)
            loss = criterion(logits.permute(0, 2, 1), tgt)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            losses.append(loss.item())
            if len(losses) % 50 == 1:
                print(f"step {len(losses) - 1}: loss {loss.item():.3f}")
            if len(losses) == steps:
                break

    encoder.eval(), decoder.eval()
    with torch.no_grad():
        src, lengths, tgt = collate(["anna", "gabriel", "marco"])
        written = translate(src, lengths, tgt, teacher_forcing_ratio=0.0).argmax(-1)
    for name, row in zip(["anna", "gabriel", "marco"], written):
        print(name, "->", "".join(LETTERS[i] for i in row).split(".")[0])
    return losses + written.flatten().float().tolist()


if __name__ == "__main__":
    random.seed(0)
    torch.manual_seed(0)
    main()
