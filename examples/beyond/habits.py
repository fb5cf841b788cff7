"""What training scripts do around the loss: hooks, shared and frozen weights, accumulated and clipped gradients.

``python -m examples.beyond.habits``
"""

import tinygrad_wtf as torch
import tinygrad_wtf.nn as nn
import tinygrad_wtf.nn.functional as F


class AutoEncoder(nn.Module):
    """The decoder uses the encoder's weights, transposed."""

    def __init__(self, inputs=12, hidden=4):
        super().__init__()
        self.backbone = nn.Linear(inputs, inputs)
        self.encoder = nn.Linear(inputs, hidden)
        self.act = nn.Tanh()
        self.decoder_bias = nn.Parameter(torch.zeros(inputs))

    def forward(self, x):
        code = self.act(self.encoder(torch.tanh(self.backbone(x))))
        return F.linear(code, self.encoder.weight.t(), self.decoder_bias)


def main(steps=100):
    x = torch.randn(64, 4) @ torch.randn(4, 12)
    x = (x - x.mean(dim=0)) / x.std(dim=0)
    model = AutoEncoder()

    for param in model.backbone.parameters():  # frozen, as a backbone that was trained before
        param.requires_grad = False
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(
        [{"params": [model.decoder_bias], "lr": 0.5}, {"params": list(model.encoder.parameters())}],
        lr=0.2,
        momentum=0.9,
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.97**epoch)

    seen = {}
    handles = [
        model.act.register_forward_hook(lambda module, inputs, output: seen.update(code=output.detach())),
        model.encoder.register_forward_pre_hook(lambda module, inputs: seen.update(entered=inputs[0].shape)),
        model.act.register_full_backward_hook(lambda module, gin, gout: seen.update(gradient=gin[0].clone())),
        model.encoder.weight.register_hook(lambda grad: grad * 0.5),
    ]

    losses, accumulation_steps = [], 4
    for step in range(steps):
        optimizer.zero_grad()
        total = 0.0
        for chunk in x.chunk(accumulation_steps):
            loss = F.mse_loss(model(chunk), chunk) / accumulation_steps
            loss.backward()
            total += loss.item()
        norm = nn.utils.clip_grad_norm_(trained, max_norm=0.5)
        optimizer.step()
        scheduler.step()
        losses += [total, norm.item()]
        if step % 25 == 0:
            print(
                f"step {step:3d}  loss {total:.4f}  gradient {norm:.3f}  code {seen['code'].abs().mean():.3f}"
                f"  entered {tuple(seen['entered'])}  its gradient {seen['gradient'].norm():.2e}"
            )
    losses += [seen["gradient"].norm().item(), seen["code"].mean().item()]
    assert model.backbone.weight.grad is None

    for handle in handles:
        handle.remove()
    seen.clear()

    for param in model.backbone.parameters():  # thaw: finer steps for the backbone
        param.requires_grad_(True)
    optimizer.add_param_group({"params": model.backbone.parameters(), "lr": 0.01})
    for _ in range(5):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        for p in model.parameters():
            p.grad.data.clamp_(-0.1, 0.1)
        optimizer.step()
        losses.append(loss.item())
    assert not seen
    print(f"thawed: loss {losses[-1]:.4f}")
    return losses


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
