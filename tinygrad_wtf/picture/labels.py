"""Text for Graphviz: HTML-like labels in which nothing that a user named has a meaning."""

from __future__ import annotations

from html import escape as escape_html

import graphviz

__all__ = ["ALIKE", "FONT", "INK", "QUIET", "bold", "escaped", "joined", "sized", "small", "tooltip"]

FONT = "Helvetica"  # every renderer knows its widths, so no text is clipped
# Fonts of nearly the same widths, for systems without Helvetica: in a wider one, texts of a box would touch.
ALIKE = f"{FONT},Arial,Liberation Sans,Nimbus Sans,DejaVu Sans Condensed,sans-serif"
INK, QUIET = "#222222", "#6b6b6b"
DRAWN = str.maketrans("∘∗", "◦*")  # signs that the font lacks, and what replaces them


def joined(*lines: str) -> str:
    """An HTML-like label of one or more lines; empty lines are left out."""
    return "<" + "<BR/>".join(line for line in lines if line) + ">"


def bold(text: str) -> str:
    """In bold letters."""
    return f"<B>{escaped(text)}</B>"


def sized(text: str, size: int) -> str:
    """In letters of this many points."""
    return f'<FONT POINT-SIZE="{size}">{escaped(text)}</FONT>'


def small(text: str, size: int = 10) -> str:
    """In small grey letters; nothing for no text."""
    return f'<FONT POINT-SIZE="{size}" COLOR="{QUIET}">{escaped(text)}</FONT>' if text else ""


def escaped(text: str) -> str:
    """For HTML-like labels, in which Graphviz still reads a backslash as the start of a code."""
    return escape_html(text.translate(DRAWN).replace("\\", "\\\\"))


def tooltip(text: str) -> str:
    """Text in which nothing has a meaning to Graphviz; it reads the backslashes of a tooltip twice."""
    return str(graphviz.escape(text.replace("&", "&amp;").replace("\\", "\\\\")))
