"""The guide's equations and the graph's stand side by side on the chapters' pages, and the graph's were really printed.

That the printed lines are true is tested where the pages' blocks are run, in `test_docs`.
"""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
PAGES = ["theory_00", "practice_00", "practice_01", "theory_02", "practice_02", "practice_03"]
COLUMN = "from the recorded graph"


def read(page):
    return (GUIDE / f"{page}.md").read_text(encoding="utf-8")


def beside_each_other(page):
    """The rows of the page's tables that end in what the graph says: the guide's side, and the graph's formulas."""
    rows = []
    for table in re.findall(r"(?:^\|.*\|\n)+", read(page), re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table.splitlines()]
        if lines[0][-1].strip("| ") == COLUMN:
            rows += [(" ".join(cells[:-1]), re.findall(r"`([^`]+)`", cells[-1])) for cells in lines[2:]]
    return rows


def printed(page):
    """What the prompts on the page print."""
    blocks = re.findall(r"^```python\n(.*?)^```", read(page), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if not line.startswith((">>>", "..."))]


@pytest.mark.parametrize("page", PAGES)
def test_every_chapter_shows_the_graphs_equations_beside_the_guides(page):
    rows = beside_each_other(page)
    assert rows
    lines = printed(page)
    for guide, formulas in rows:
        assert guide
        assert formulas, f"nothing stands beside {guide}"
        for formula in formulas:
            assert any(line == formula or line.endswith(f": {formula}") for line in lines), formula


@pytest.mark.parametrize(
    ("page", "boxed"),
    [
        ("theory_00", [r"\partial L}{\partial a}", r"{da}{dz}", r"\partial z}{\partial w_1}"]),
        ("theory_00", [rf"\partial\mathcal L}}{{\partial {name}}}" for name in ("w_1", "w_2", "b")]),
        ("theory_02", [r"{da(z)}{dz}", r"\partial W_2}", r"\partial b_2}", "$dZ_1 ="]),
        ("practice_03", ["$dZ_L", "$dZ_l", r"\partial W_l}", r"\partial b_l}"]),
    ],
)
def test_no_box_of_the_guide_is_missing(page, boxed):
    sides = [guide for guide, _ in beside_each_other(page)]
    for box in boxed:
        assert any(box in side for side in sides), box
