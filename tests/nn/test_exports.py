"""The public names of `nn` and its packages: each is listed once, found by `dir` and given by a star import."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn

LAYERS = {"Linear", "Dropout", "Embedding", "BatchNorm2d", "ReLU", "Sequential"}
OTHERS = {"Module", "Parameter", "BCELoss", "CrossEntropyLoss", "History", "NonFiniteError", "RangeError", "Watch"}
FUNCTIONS = {"fit", "evaluate", "predict", "summary", "watch"}
MODULES = {"functional", "init", "optim", "datasets", "plot"}


def test_nn_exports_classes_functions_and_few_modules():
    assert set(nn.__all__) >= LAYERS | OTHERS | FUNCTIONS | MODULES
    assert not set(nn.__all__) & {"Any", "TYPE_CHECKING", "annotations", "import_module", "sys", "layers", "module"}


@pytest.mark.parametrize("package", [nn, nn.functional, nn.optim, nn.plot], ids=lambda package: package.__name__)
def test_a_star_import_gives_the_public_names(package):
    given: dict[str, object] = {}
    exec(f"from {package.__name__} import *", given)
    del given["__builtins__"]
    assert sorted(given) == sorted(package.__all__)
    assert set(package.__all__) <= set(dir(package))
    assert all(value is getattr(package, name) for name, value in given.items())


def test_dir_lists_the_public_names_and_nothing_that_is_only_imported():
    assert [name for name in dir(nn) if not name.startswith("_")] == nn.__all__


def test_functions_are_not_hidden_by_modules():
    import tinygrad_wtf.nn.summaries
    import tinygrad_wtf.nn.training.evaluate
    import tinygrad_wtf.nn.training.fit
    import tinygrad_wtf.nn.visual.watching  # noqa: F401

    assert all(callable(getattr(nn, name)) for name in FUNCTIONS)


def test_a_name_that_is_not_there_is_told():
    with pytest.raises(AttributeError, match=r"module 'tinygrad_wtf\.nn' has no attribute 'Linaer'"):
        nn.Linaer


ROOT = Path(__file__).parents[2]


def test_nn_is_reached_from_the_engine():
    from tinygrad_wtf import nn as through_the_engine

    assert through_the_engine is nn
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        nn.nothing


def test_fit_and_evaluate_stay_functions_when_their_files_are_imported():
    importlib.import_module("tinygrad_wtf.nn.training.fit")
    importlib.import_module("tinygrad_wtf.nn.training.evaluate")
    assert callable(nn.fit)
    assert callable(nn.evaluate)


def test_everything_exported_is_there():
    assert all(hasattr(nn, name) for name in nn.__all__)


def test_importing_nn_imports_no_extra():
    heavy = "'tqdm', 'matplotlib', 'sklearn', 'h5py', 'graphviz'"
    code = f"import tinygrad_wtf.nn, sys; sys.exit(','.join({{{heavy}}} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_nn_imports_only_the_engines_public_names():
    strangers = []
    for path in Path(nn.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tinygrad_wtf"):
                public = node.module == "tinygrad_wtf"
                strangers += [(path.name, a.name) for a in node.names if not public or a.name not in tw.__all__]
            elif isinstance(node, ast.Import):
                strangers += [(path.name, a.name) for a in node.names if a.name.startswith("tinygrad_wtf.")]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "tw":
                strangers += [(path.name, node.attr)] if node.attr not in tw.__all__ else []
    assert strangers == []
