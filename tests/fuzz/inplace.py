"""``python -m tests.fuzz.inplace --programs 1000``: random programs of views, writes and backward, here and in PyTorch.

A program is lines of Python that mean the same in both libraries, so a difference can be copied out and run. It is made
while PyTorch runs it, since what can be written next depends on the shapes that are there. After each line both
libraries must have refused it or not, and all that can be seen must be equal: values, flags, gradients.
"""

from __future__ import annotations

import argparse
import collections
import sys
import time
from typing import Any

import numpy as np

from tests.fuzz.pair import DifferenceError, Pair, asked

SHAPES = ((3,), (2, 3), (3, 2), (2, 2), (4,), (), (2, 1), (1, 3), (2, 2, 2))
UNARY = ("exp", "tanh", "sigmoid", "sin", "cos", "neg", "square", "relu", "abs")
LINES = 14


class Program(Pair):
    """One random program, run in both libraries while it is being made."""

    def run(self) -> str:
        """Make and run it; tells what it came to."""
        for _ in range(self.source.randint(1, 3)):
            self.new_leaf()
        for _ in range(self.source.randint(4, LINES)):
            self.step()
            if self.is_over:
                break
        if not self.is_over:
            self.backward()
        return self.listed or ("refused" if self.refused else "same")

    # -- drawing ------------------------------------------------------------------

    def pick(self, *options: Any) -> Any:
        return self.source.choice(options)

    def name(self) -> str:
        return self.source.choice(self.names[-6:] if self.chance(0.7) else self.names)

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self.theirs[name].shape)

    def fitting(self, shape: tuple[int, ...], into: str | None = None) -> str:
        """A tensor that can be broadcast to this shape, or a number; if it is written `into`, of other memory."""
        names = [n for n in self.names if n not in self.odd and _fits(self.shape(n), shape)]
        if into is not None:
            names = [n for n in names if n == into or not self.share(n, into)]
        return self.source.choice(names) if names and self.chance(0.8) else repr(self.pick(2.0, -0.5, 3, 0.25))

    def share(self, a: str, b: str) -> bool:
        """Whether two tensors lie in the same memory."""
        return self.theirs[a].untyped_storage().data_ptr() == self.theirs[b].untyped_storage().data_ptr()

    def numbers(self, shape: tuple[int, ...]) -> str:
        values = [round(self.source.uniform(-1.5, 1.5), 2) for _ in range(int(np.prod(shape)))]
        return repr(np.array(values).reshape(shape).tolist())

    # -- the kinds of lines ------------------------------------------------------------------

    def new_leaf(self) -> None:
        shape = self.pick(*SHAPES)
        grad = ", requires_grad=True" if self.chance(0.75) else ""
        dtype = "float64" if self.chance(0.9) else "float32"
        self.make(f"torch.tensor({self.numbers(shape)}, dtype=torch.{dtype}{grad})", quietly=True)

    def step(self) -> None:
        self.pick(
            self.new_leaf,
            *[self.operation] * 5,
            *[self.view] * 6,
            *[self.write] * 8,
            self.attribute,
            self.backward,
            self.clear,
        )()

    def usable(self) -> str | None:
        """A tensor that may be read where operations are recorded."""
        name = self.name()
        return None if name in self.odd else name

    def operation(self) -> None:
        a = self.usable()
        if a is None:
            return
        if self.chance(0.4):
            self.make(f"torch.{self.pick(*UNARY)}({a})")
        elif self.chance(0.3):
            self.make(f"{a}.clone()")
        elif self.chance(0.4):
            ways = [f"{a}.sum()", f"cube({a})", f"torch.stack([{a}, {a}])", f"{a}.to(torch.float32)", f"{a}.mean()"]
            if self.shape(a):
                ways += [f"{a}.sum(0)", f"torch.cat([{a}, {a}])", f"{a}.softmax(0)", f"{a}.flip(0)", f"{a}[[0, 0]]"]
                ways += [f"{a}.cumsum(0)", f"{a}[{a}.detach() > 0]", f"{a} * {a}[:1]"]
            self.make(self.source.choice(ways))
        else:
            b = self.fitting(self.shape(a))
            self.make(f"{a} {self.pick('+', '-', '*', '*')} {b}")

    def view(self) -> None:
        a = self.name()
        shape = self.shape(a)
        ways = [f"{a}.detach()", f"{a}.view_as({a})", f"{a}.unsqueeze(0)", f"{a}.squeeze()", f"{a}[...]"]
        flat = [f"{a}.reshape(-1)", f"{a}.flatten()"]  # views or copies, as the order in memory has it
        if self.theirs[a].is_contiguous() and self.mine[a].value.flags.c_contiguous:
            ways += [*flat, f"{a}.diagonal()"] if len(shape) >= 2 else flat
        if 0 in shape:
            ways = ways[:3]
        elif shape:
            n = shape[0]
            i = self.source.randrange(n)
            ways += [f"{a}[{i}]", f"{a}[{i}:]", f"{a}[:{i + 1}]", f"{a}[-1]", f"{a}[None]", f"{a}.narrow(0, {i}, 1)"]
            ways += [f"{a}[::2]", f"{a}.select(0, {i})", f"{a}.unfold(0, 1, 1)", f"{a}.unflatten(0, (1, {n}))"]
        if 0 in shape:
            pass
        elif shape and self.chance(0.3):
            ways = [f"{a}.unbind()[{i}]", f"{a}.split(1)[{i}]", f"list({a})[{i}]", f"{a}.chunk(2)[0]"]
            ways += [f"{a}.tensor_split(2)[0]", f"{a}.expand(2, *{a}.shape)"]
        elif len(shape) >= 2:
            ways += [f"{a}.transpose(0, 1)", f"{a}.mT", f"{a}[:, {self.source.randrange(shape[1])}]", f"{a}[..., 0]"]
            ways += [
                f"{a}.movedim(0, 1)",
                f"{a}[:, None]",
                f"{a}.permute({', '.join(map(str, range(1, len(shape))))}, 0)",
            ]
        self.make(self.source.choice(ways), of=a)

    def write(self) -> None:
        a = self.name()
        shape = self.shape(a)
        other = self.fitting(shape, into=a)
        number = self.pick("0.5", "2.0", "-1.0")
        ways = [
            *[f"{a} {sign}= {other}" for sign in ("+", "-", "*")],
            *[f"{a}.{method}_({other})" for method in ("add", "sub", "mul")],
            f"{a}.add_({other}, alpha=0.5)",
            *[f"{a}.{method}_()" for method in UNARY if method != "square"],
            f"{a}.zero_()",
            f"{a}.fill_({number})",
            f"{a}.copy_({other})" if other in self.names else f"{a}.clamp_(-0.5, 0.5)",
            f"{a}[...] = {other}",
            f"{a}.masked_fill_({a} > 0, {number})",
            f"{a}.clamp_(min=-0.4)",
            f"{a}[{a}.detach() > 0.1] = {number}",
            f"{a}[{a}.detach() > 0.1] += {number}",
            f"{a}[{a}.detach() > 0.1] *= {a}.detach()[{a}.detach() > 0.1]",
            f"{a} /= 2",
            f"{a}.addcmul_({a}.detach().clone(), {a}.detach().clone(), value=0.5)",
            f"{a}.lerp_({a}.detach() * 2, 0.25)",
            f"F.relu({a}, inplace=True)",
            f"{a}.masked_scatter_({a}.detach() > 0, {a}.detach() * 2)",
        ]
        if other in self.names:
            ways.append(f"{a}.addcmul_({other}, {other})")
            if a not in self.odd and self.shape(other) == shape and 0 not in shape:
                ways.append(f"torch.mul({other}, 2.0, out={a})")
        if self.chance(0.3) and not any(self.share(a, n) for n in self.names if n != a):
            ways.append(f"{a}.unsqueeze_(0)")
        if shape and 0 not in shape:
            i, n = self.source.randrange(shape[0]), shape[0]
            part = self.fitting(shape[1:], into=a)
            ways += [
                f"{a}[{i}] = {part}",
                f"{a}[{i}] += {part}",
                f"{a}[{f'{i}:' if i else '::2'}] *= {part}",
                f"{a}[[{i}, {n - 1}]] = {part}",
                f"{a}[[{i}, {n - 1}]] += {number}",
                f"{a}[..., 0] = {number}",
                f"{a}[..., [0]] *= {number}",
                f"{a}.cumsum_(0)",
                f"{a}.index_copy_(0, torch.tensor([{i}]), {a}.detach()[:1] * 2)",
                f"{a}.scatter_(0, torch.zeros({a}.shape, dtype=torch.int64)[:1], {number})",
                f"{a}.index_put_((torch.tensor([{i}, {i}]),), {a}.detach()[0] * 2, accumulate=True)",
            ]
            ways += [f"{a}[{i}], {a}[{n - 1}] = {a}[{n - 1}].clone(), {a}[{i}].clone()"]
            ways += [f"{a}.index_fill_(0, torch.tensor([{i}]), {number})"]
            if part in self.names and self.shape(part) == shape[1:]:
                ways += [f"{a}.index_add_(0, torch.tensor([{i}]), ({part} * 1)[None])"]
        line = self.source.choice([w for w in ways if w])
        self.do(line, plainly="unsqueeze_" in line)

    def attribute(self) -> None:
        a = self.name()
        tensor = self.theirs[a]
        if a in self.odd:
            return
        if tensor._base is not None:
            return
        if any(self.theirs[n]._base is tensor for n in self.names if n != a):
            self.do(f"{a}.retain_grad()")
            return
        if self.is_recorded(a) and self.chance(0.4):
            self.do(f"{a}.register_hook(lambda g: g * 2)", plainly=True)
            return
        line = self.pick(f"{a}.requires_grad_()", f"{a}.retain_grad()", f"{a}.detach_()", f"{a}.requires_grad_(False)")
        self.do(line)
        if "requires_grad_" in line:  # what was recorded before goes on with the leaf that it was recorded with
            self.second = False

    def clear(self) -> None:
        name = self.name()
        if name not in self.odd:
            self.do(f"{name}.grad = None", plainly=True)

    def backward(self) -> None:
        candidates = [n for n in self.names if self.is_recorded(n) and n not in self.odd]
        if not candidates:
            return
        chosen = sorted(self.source.sample(candidates, min(len(candidates), self.source.randint(1, 2))))
        # PyTorch gives several 0-d leaves of one sum the same memory as their gradients: no plain sum of those
        squared = [self.chance(0.5) or not self.shape(n) for n in chosen]
        loss = " + ".join(f"({n} * {n}).sum()" if s else f"{n}.sum()" for n, s in zip(chosen, squared, strict=True))
        leaves = [n for n in candidates if asked(self.theirs[n], "is_leaf") is True]
        retained = any(asked(self.theirs[n], "retains_grad") is True for n in self.names)  # filled by `grad` in PyTorch
        if leaves and self.second and not retained and self.chance(0.3):  # to the second order
            leaf = self.source.choice(leaves)
            line = f"first = grad({loss}, {leaf}, create_graph=True, allow_unused=True)[0]"
            if not self.do(line, plainly=True, ends=True) or self.theirs["first"] is None:
                self.is_over = True
                return
            self.same("first", self.mine["first"], self.theirs["first"])
            if self.is_recorded("first") and self.mine["first"].requires_grad:  # a constant slope is not recorded here
                self.do("(first * first).sum().backward(retain_graph=True)", plainly=True, ends=True)
        else:
            self.do(f"({loss}).backward(retain_graph=True)", plainly=True, ends=True)


def _fits(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


def compare(seed: int, torch: Any) -> str:
    """Run the program of a seed; what it came to, or DifferenceError."""
    return Program(seed, torch).run()


def main() -> int:
    """Run many; 1 if any differs."""
    import torch

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.inplace", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first program; a later slice begins where one ended")
    parser.add_argument("--most", type=int, default=10, help="stop after so many differences")
    given = parser.parse_args()
    torch.set_num_threads(1)
    counts: collections.Counter[str] = collections.Counter()
    failed: list[int] = []
    started = time.perf_counter()
    for seed in range(given.seed, given.seed + given.programs):
        try:
            counts[compare(seed, torch)] += 1
        except DifferenceError as error:
            failed.append(seed)
            print(f"DIFFERS, seed {seed}: {error}\n", flush=True)
            if len(failed) >= given.most:
                break
    took = time.perf_counter() - started
    print(f"{sum(counts.values()) + len(failed)} programs from seed {given.seed} in {took:.0f} s: {dict(counts)}")
    print(f"{len(failed)} differ: {failed}" if failed else "none differs")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
