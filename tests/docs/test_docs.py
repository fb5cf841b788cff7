"""The pages speak the truth: every block of Python in README.md and docs/ runs.

The blocks of one page run from top to bottom in one fresh namespace. A block with prompts (``>>>``) is a doctest, whose
printed results are compared; any other is executed, and states its facts with ``assert``.
"""

from __future__ import annotations

import ast
import doctest
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import tinygrad_wtf
from tinygrad_wtf import nn
from tinygrad_wtf.picture.render import RendererError, find_renderers

ROOT = Path(__file__).resolve().parents[2]
CHECKOUT = (ROOT / "nn").is_dir()
PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if page.is_file()]
OPTIONAL = {
    "graphviz", "h5py", "hypothesis", "matplotlib", "onnx", "onnxruntime", "pandas", "polars", "safetensors", "scipy",
    "sklearn", "tensorboardX", "tensorflow", "torch", "tqdm",
}  # fmt: skip
FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})python[^\n`]*\n(?P<code>.*?)^(?P=indent)(?P=fence)[ ]*$", re.DOTALL | re.MULTILINE
)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Block:
    """One fenced block of Python, and the line of the page on which its code begins."""

    code: str
    line: int

    @property
    def has_prompts(self) -> bool:
        return any(line.startswith(">>>") for line in self.code.splitlines())


def blocks_of(text: str) -> list[Block]:
    """All Python blocks of a page, without the indentation of a list around them."""
    blocks = []
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        code = "".join(line[indent:] if line.strip() else "\n" for line in match["code"].splitlines(keepends=True))
        blocks.append(Block(code, text.count("\n", 0, match.start("code")) + 1))
    return blocks


def run(block: Block, page: str, namespace: dict[str, object]) -> None:
    """Run one block; what goes wrong is reported with the line of the page."""
    if not block.has_prompts:
        # empty lines in front give every statement the line number that it has on the page
        exec(compile("\n" * (block.line - 1) + block.code, page, "exec", dont_inherit=True), namespace)
        return
    examples = doctest.DocTestParser().get_doctest(block.code, namespace, f"{page}:{block.line}", page, block.line - 1)
    examples.globs = namespace  # the parser made a copy: what a block defines must be there for the next
    report: list[str] = []
    failures = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=report.append, clear_globs=False)
    assert not failures.failed, "".join(report)


@pytest.fixture
def drawing_without_windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Figures go to memory and are closed afterwards; matplotlib is not imported for pages that do not draw."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    if "matplotlib" in sys.modules:  # imported earlier, so it has read the environment already
        sys.modules["matplotlib"].use("Agg")
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def missing_package(error: ImportError) -> str | None:
    """The optional package behind an import that failed, also when a helper said so in words of its own."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ModuleNotFoundError) and cause.name and cause.name.partition(".")[0] in OPTIONAL:
            return cause.name.partition(".")[0]
        cause = cause.__cause__
    return None


@pytest.mark.filterwarnings("error")
@pytest.mark.usefixtures("drawing_without_windows")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks_of(read(page))], ids=name_of)
def test_the_code_on_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks_of(read(page)):
        try:
            run(block, name_of(page), namespace)
        except ImportError as error:
            package = missing_package(error)
            if package is None:
                raise
            pytest.skip(f"{package} is not installed")
        except RendererError as error:
            if find_renderers():
                raise
            pytest.skip(str(error))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", read(page))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        linked = (page.parent / path).resolve() if path else page
        if not CHECKOUT and linked.is_relative_to(ROOT) and linked.relative_to(ROOT).parts[0] in ("tinygrad_wtf", "nn"):
            continue  # the tests of an installed wheel have no sources beside them
        assert linked.exists(), f"{target} does not exist"
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(read(linked)), f"{target}: no such heading"


@pytest.mark.parametrize("page", [*sorted((ROOT / "docs/guide").glob("*.md")), ROOT / "docs/pytorch.md"], ids=name_of)
def test_the_names_that_a_page_mentions_exist(page: Path) -> None:
    for path in set(re.findall(r"`((?:nn|tw)(?:\.\w+)+)", FENCE.sub("", read(page)))):
        found: object = {"nn": nn, "tw": tinygrad_wtf}[path[:2]]
        for name in path.split(".")[1:]:
            if isinstance(found, type) and name in found.__annotations__:
                break  # an attribute of each object, such as nn.Linear.weight
            assert hasattr(found, name), f"there is no {path}"
            found = getattr(found, name)


def anchors(text: str) -> set[str]:
    """The names that GitHub and MyST give to a page's headings."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


PAGE = """
```python
>>> x = 2
>>> x + 1
3
```

- in a list:

  ```python
  y = x

  assert y == 2
  ```

```text
not Python
```
"""


def test_blocks_are_found_with_their_lines_and_without_their_indentation() -> None:
    assert [block.line for block in blocks_of(PAGE)] == [3, 11]
    assert blocks_of(PAGE)[1].code == "y = x\n\nassert y == 2\n"
    for block in blocks_of(PAGE):
        ast.parse(re.sub(r"^>>> ", "", block.code.replace("3\n", ""), flags=re.MULTILINE))


def test_blocks_share_one_namespace() -> None:
    namespace: dict[str, object] = {}
    for block in blocks_of(PAGE):
        run(block, "page.md", namespace)
    assert namespace["y"] == 2


def test_a_wrong_result_after_a_prompt_fails() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run(Block(">>> 1 + 1\n3\n", 1), "page.md", {})


def test_a_false_statement_fails_on_its_own_line() -> None:
    with pytest.raises(AssertionError) as caught:
        run(Block("x = 1\nassert x == 2\n", 40), "page.md", {})
    assert caught.traceback[-1].lineno == 41 - 1


def test_a_missing_optional_package_is_known_by_name_also_behind_words_of_a_helper() -> None:
    absent = ModuleNotFoundError("No module named 'matplotlib.pyplot'", name="matplotlib.pyplot")
    explained = ImportError("plot needs matplotlib")
    explained.__cause__ = absent
    assert missing_package(absent) == missing_package(explained) == "matplotlib"


def test_a_missing_module_of_the_project_is_no_reason_to_skip() -> None:
    assert missing_package(ModuleNotFoundError("No module named 'nn.plots'", name="nn.plots")) is None
    assert missing_package(ImportError("cannot import name 'fit' from 'nn'", name="nn")) is None
