"""The report that the practices write into: figures, pictures of graphs, final numbers, and one page that shows them.

How the page looks is said in `page.html`; what is in it is said by the practices.
"""

from __future__ import annotations

import platform
import re
import shlex
import sys
import time
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from string import Template
from typing import Any

import matplotlib
from matplotlib import pyplot

import tinygrad_wtf as tw

matplotlib.use("Agg")  # figures go to files: no window is opened, none is needed


@dataclass
class Report:
    """A folder with figures and an ``index.html``.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    quick : bool
        Whether the practices shorten their runs.
    """

    folder: Path
    quick: bool = False
    parts: list[str] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    results: list[tuple[str, int, dict[str, float], dict[str, float] | None, float]] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        """Make the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def epochs(self, full: int, quick: int) -> int:
        """How many epochs to train: the guide's number, or a smaller one in a quick run."""
        return min(full, quick) if self.quick else full

    def chapter(self, title: str, text: str = "") -> None:
        """Begin a chapter."""
        anchor = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        self.contents.append((anchor, title))
        self.parts.append(f'<h2 id="{anchor}">{escape(title)}</h2>')
        self.say(text)
        print(f"\n{title}", flush=True)

    def section(self, title: str, text: str = "") -> None:
        """Begin a section of a chapter."""
        self.parts.append(f"<h3>{escape(title)}</h3>")
        self.say(text)
        print(f"  {title}", flush=True)

    def say(self, text: str) -> None:
        """Add a paragraph."""
        if text:
            self.parts.append(f"<p>{escape(text)}</p>")

    def note(self, text: str) -> None:
        """Add a paragraph that must not be overlooked, here and on the terminal; once is enough."""
        paragraph = f'<p class="note">{escape(text)}</p>'
        if paragraph not in self.parts:
            self.parts.append(paragraph)
            print(f"  note: {text}", flush=True)

    def figure(self, axes: Any, name: str, caption: str) -> None:
        """Save the figure that these axes belong to, and close it."""
        first = axes.flat[0] if hasattr(axes, "flat") else axes
        figure = first.figure
        figure.savefig(self.folder / f"{name}.png", dpi=130)
        pyplot.close(figure)
        self._picture(f"{name}.png", caption)

    def graph(self, loss: tw.Tensor, name: str, caption: str, folded: bool = False) -> None:
        """Save the backward graph of a loss, and the page that steps through it; `folded` shows it on a click."""
        drawn = tw.draw(loss)
        drawn.save(self.folder / f"{name}.svg")
        drawn.save(self.folder / f"{name}.html")
        if folded:
            self.parts.append("<details><summary>The backward graph</summary>")
        self._picture(f"{name}.svg", caption, kind="graph", page=f"{name}.html")
        if folded:
            self.parts.append("</details>")

    def result(
        self, name: str, epochs: int, train: dict[str, float], test: dict[str, float] | None, seconds: float
    ) -> None:
        """Note the final numbers of a network, for the paragraph here and the table at the top."""
        self.results.append((name, epochs, train, test, seconds))
        told = f"After {epochs:,} epochs ({seconds:.1f} s): {_told('training', train)}" + (
            f"; {_told('test', test)}" if test else ""
        )
        self.parts.append(f'<p class="result">{escape(told)}.</p>')
        print(f"    {name}: {told}", flush=True)

    def write(self) -> Path:
        """Write ``index.html``; gives its path."""
        rows = "\n".join(_row(*result) for result in self.results)
        links = "\n".join(f'<li><a href="#{anchor}">{escape(title)}</a></li>' for anchor, title in self.contents)
        page = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8")).substitute(
            kind="quick run: shortened trainings" if self.quick else "full run: the guide's numbers of epochs",
            minutes=_duration(time.perf_counter() - self.started),
            command=escape(shlex.join(["python", "-m", _started_module(), *sys.argv[1:]])),
            versions=escape(", ".join(_versions())),
            contents=links,
            rows=rows,
            body="\n".join(self.parts),
        )
        path = self.folder / "index.html"
        path.write_text(page, encoding="utf-8")
        return path

    def _picture(self, file: str, caption: str, kind: str = "plot", page: str = "") -> None:
        link = f' <a href="{escape(page)}">Step through it, forward and backward.</a>' if page else ""
        self.parts.append(
            f'<figure class="{kind}"><a href="{escape(file)}"><img src="{escape(file)}" alt="{escape(caption)}" '
            f'loading="lazy"></a><figcaption>{escape(caption)}{link}</figcaption></figure>'
        )


def _started_module() -> str:
    """What stood behind ``python -m``."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec.name.removesuffix(".__main__") if spec else "examples"


def _told(part: str, numbers: dict[str, float]) -> str:
    return f"{part} loss {numbers['loss']:.4f}, accuracy {numbers['accuracy']:.1%}"


def _row(name: str, epochs: int, train: dict[str, float], test: dict[str, float] | None, seconds: float) -> str:
    def cells(numbers: dict[str, float] | None) -> list[str]:
        return [f"{numbers['loss']:.4f}", f"{numbers['accuracy']:.1%}"] if numbers else ["", ""]

    numbers = "".join(f"<td>{cell}</td>" for cell in [f"{epochs:,}", *cells(train), *cells(test), f"{seconds:.1f}"])
    return f"<tr><th scope='row'>{escape(name)}</th>{numbers}</tr>"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.1f} minutes"


def _versions() -> list[str]:
    found = [f"Python {platform.python_version()}"]
    for package in ("tinygrad_wtf", "numpy", "scikit-learn", "matplotlib", "h5py", "graphviz"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return [*found, f"{platform.system()} {platform.machine()}"]
