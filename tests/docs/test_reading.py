"""The page that leads through the core names files and functions that exist, and the whole core.

Its blocks run with those of the other pages, in `test_docs`.
"""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
FILES = sorted(set(re.findall(r"`((?:core|ops|tensors|autograd)/[\w/]*(?:\.py)?)`", PAGE)))
NAMED = sorted(set(re.findall(r"`([A-Za-z_][\w.]*)`\s+in\s+`([\w/]+)\.py`", PAGE)))
SHARED = sorted(set(re.findall(r"`(\w+)` and `(\w+)`\s+in\s+`([\w/]+)\.py`", PAGE)))


@pytest.mark.parametrize("path", FILES)
def test_its_files_exist(path):
    assert (ROOT / "tinygrad_wtf" / path).exists()


def resolved(name, path):
    found = import_module("tinygrad_wtf." + path.replace("/", "."))
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize(("name", "path"), NAMED + [(n, path) for a, b, path in SHARED for n in (a, b)])
def test_its_functions_are_where_it_says(name, path):
    found = resolved(name, path)
    assert found.__module__ == "tinygrad_wtf." + path.replace("/", ".")


def test_it_names_something():
    assert len(NAMED) > 8
    assert len(FILES) > 8


def test_it_leads_through_every_file_of_the_core():
    files = {f"core/{path.name}" for path in (ROOT / "tinygrad_wtf" / "core").glob("[a-z]*.py")}
    assert files - {"grad_mode.py"} <= set(FILES)
