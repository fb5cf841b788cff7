"""How numbers look on the page: one number, a heat map with every entry, or statistics of a large array.

Colours are classes, `p1` to `p8` above zero and `n1` to `n8` below it; what they look like is said in `page.css`.
"""

from __future__ import annotations

import math

from tinygrad_wtf.picture.numbers import Numbers
from tinygrad_wtf.picture.page.markup import Markup, element, joined
from tinygrad_wtf.picture.text import number

__all__ = ["figure", "shown"]

SHADES = 8
MOST_COLUMNS = 4  # of which the numbers fit into the cells
PRECISE = 6  # digits of a number that stands alone


def figure(value: float, digits: int = PRECISE) -> str:
    """A number with six digits, where there is room for them.

    Examples
    --------
    >>> figure(0.123456789), figure(-2.0), figure(float("inf"))
    ('0.123457', '−2', '∞')
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    return number(value, digits)


def shown(numbers: Numbers | None, shape: tuple[int, ...], name: str) -> Markup:
    """An array: as a number, a heat map or statistics.

    Parameters
    ----------
    numbers
        What is known of it; None if nothing is.
    shape
        Its shape.
    name
        What to call it for a reader who cannot see it.
    """
    if numbers is None:
        return element("p", "no entries" if 0 in shape else "not known", class_="unknown")
    rows = numbers.entries
    if rows is not None and sum(map(len, rows)) == 1:
        return element("p", element("data", figure(rows[0][0]), value=repr(rows[0][0])), class_="number")
    if rows is not None:
        return joined(_heat_map(rows, name), element("p", f"norm {number(numbers.norm)}", class_="fact"))
    return joined(_strip(numbers), _statistics(numbers))


def _heat_map(rows: tuple[tuple[float, ...], ...], name: str) -> Markup:
    """Every entry as a cell: with its number where there are few columns, else as a colour with a tooltip."""
    greatest = max((abs(x) for row in rows for x in row if math.isfinite(x)), default=0.0)
    dense = max(map(len, rows)) > MOST_COLUMNS
    cells = [
        element(
            "tr",
            *(
                element(
                    "td",
                    figure(x, 3),
                    class_=_shade(x / greatest if greatest else x),
                    title=f"row {i}, column {j}: {figure(x)}",
                )
                for j, x in enumerate(row)
            ),
        )
        for i, row in enumerate(rows)
    ]
    said = f"{name}, {len(rows)} × {len(rows[0])}"
    table = element("table", *cells, aria_label=said)
    if not dense:
        return element("div", table, class_="heat")
    return element("div", table, class_="heat dense", role="group", aria_label=said, tabindex=0)


def _shade(share: float) -> str | None:
    """How strong the colour of an entry is; an entry that is not finite has a colour of its own."""
    if not math.isfinite(share):
        return "wrong"
    level = math.ceil(abs(share) * SHADES - 1e-9)
    return f"{'p' if share > 0 else 'n'}{level}" if level else None


def _strip(numbers: Numbers) -> Markup:
    cells = [element("span", class_=_shade(share)) for share in numbers.strip]
    return element("div", *cells, class_="strip", role="img", aria_label=f"means of {len(cells)} equal parts")


def _statistics(numbers: Numbers) -> Markup:
    facts = {
        "mean": numbers.mean, "spread": numbers.spread, "least": numbers.low, "greatest": numbers.high,
        "norm": numbers.norm,
    }  # fmt: skip
    rows = [element("div", element("dt", word), element("dd", figure(value, 3))) for word, value in facts.items()]
    if numbers.kind in ("nan", "infinite"):
        wrong = "not a number" if numbers.kind == "nan" else "infinite"
        rows.append(element("div", element("dt", "some are"), element("dd", wrong), class_="wrong"))
    return element("dl", *rows, class_="statistics")
