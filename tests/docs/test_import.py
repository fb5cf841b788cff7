"""What an import costs and gives: the engine alone, quickly, and one object for each package."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_wtf as tw

ROOT = Path(tw.__file__).parent.parent  # the checkout, or where the wheel is installed


def fresh(code):
    """What a new interpreter prints."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split()


def test_importing_the_engine_brings_numpy_and_nothing_else_that_is_installed():
    before, after = (
        fresh(f"import {package}, sys; print(*{{name.partition('.')[0] for name in sys.modules}})")
        for package in ("numpy", "tinygrad_wtf")
    )
    brought = {name for name in set(after) - set(before) if name not in sys.stdlib_module_names}
    assert brought == {"tinygrad_wtf"}


@pytest.mark.parametrize(
    "module",
    [
        "nn",
        "tinygrad_wtf.nn",
        "tinygrad_wtf.optim",
        "graphviz",
        "tqdm",
        "matplotlib",
        "numpy.random",
        "tinygrad_wtf.picture",
    ],
)
def test_importing_the_engine_leaves_for_later(module):
    assert fresh(f"import tinygrad_wtf, sys; print({module!r} in sys.modules)") == ["False"]


def test_the_collector_is_as_it_was():
    assert fresh("import tinygrad_wtf, gc; print(gc.isenabled())") == ["True"]
    assert fresh("import gc; gc.disable(); import tinygrad_wtf; print(gc.isenabled())") == ["False"]


def test_what_was_imported_is_old_to_the_collector():
    look = "young = gc.get_objects(0); print(any(sys.modules['tinygrad_wtf.core.op'].Op is o for o in young))"
    assert fresh(f"import gc, sys, tinygrad_wtf; {look}") == ["False"]
    assert fresh(f"import gc, sys, numpy; gc.disable(); import tinygrad_wtf; {look}") == ["True"]
    assert fresh("import gc; gc.freeze(); import tinygrad_wtf; print(gc.get_freeze_count() > 0)") == ["True"]


def test_importing_layers_leaves_pages_and_figures_for_later():
    assert fresh("import tinygrad_wtf.nn, sys; print('tinygrad_wtf.nn.visual' in sys.modules)") == ["False"]


def test_using_the_engine_needs_no_layers():
    use = "import tinygrad_wtf as tw, sys; tw.Tensor(1.0, requires_grad=True).exp().backward()"
    assert fresh(f"{use}; print(any(name in sys.modules for name in ('nn', 'tinygrad_wtf.nn')))") == ["False"]


MOVED = """
import sys, warnings
from importlib import import_module
from tinygrad_wtf import _aliases
for old, new in _aliases.MOVED.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert import_module(old) is import_module(new), old
    assert [(w.category, str(w.message)) for w in caught] == [(DeprecationWarning, f"{old} is now {new}")]
    assert sys.modules[new].__name__ == sys.modules[new].__spec__.name == new
for old, new in _aliases.FUNCTIONS.items():
    package, _, name = old.rpartition(".")
    function = getattr(import_module(package), name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = import_module(old)
    assert found is function is getattr(import_module(package), name)
    assert [(w.category, str(w.message)) for w in caught] == [(DeprecationWarning, f"{old} is now {new}")]
print(len(_aliases.MOVED) + len(_aliases.FUNCTIONS))
"""


def test_what_has_moved_is_found_under_its_old_name_with_a_warning_and_hides_no_function():
    assert int(*fresh(MOVED)) > 20


HIDDEN = """
import pkgutil, warnings
from importlib import import_module
import tinygrad_wtf as tw
from tinygrad_wtf import _aliases, compiler, explanation, nn, picture

def public():
    packages = [tw, tw.linalg, tw.ops, compiler, explanation, picture, nn, nn.functional, nn.init, nn.optim]
    return {(p.__name__, name): getattr(p, name) for p in packages
            for name in getattr(p, "__all__", None) or [name for name in dir(p) if name[0] != "_"]}

before = public()
modules = [m.name for p in (tw, nn) for m in pkgutil.walk_packages(p.__path__, p.__name__ + ".")]
warnings.simplefilter("ignore")
for name in [*modules, *_aliases.MOVED, *_aliases.FUNCTIONS, *_aliases.SAME]:
    if not name.endswith("__main__"):
        import_module(name)
after = public()
print(len(modules), *[f"{package}.{name}" for (package, name), value in before.items()
                      if after[package, name] is not value])
"""


def test_no_module_hides_a_public_name():
    count, *hidden = fresh(HIDDEN)
    assert int(count) > 150
    assert hidden == []


def test_what_is_imported_later_is_listed_and_found():
    assert {"compile", "draw", "explain", "nn"} <= set(dir(tw))
    assert fresh("import sys, tinygrad_wtf; print('tinygrad_wtf.compiler' in sys.modules)") == ["False"]


def test_a_warning_of_an_old_name_points_at_the_import_that_used_it():
    code = "import warnings; warnings.simplefilter('always')\nimport tinygrad_wtf.check, tinygrad_wtf\ntinygrad_wtf.op"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    places = [line.partition(": ")[0] for line in ran.stderr.splitlines() if "DeprecationWarning" in line]
    assert places == ["<string>:2", "<string>:3"]


def test_drawing_is_found_when_it_is_asked_for():
    assert callable(tw.draw)


def test_an_unknown_name_is_refused_by_name():
    with pytest.raises(AttributeError, match="'tinygrad_wtf' has no attribute 'no_such_name'"):
        tw.no_such_name


@pytest.mark.parametrize("name", tw.__all__)
def test_every_public_name_is_there(name):
    assert hasattr(tw, name)


def test_public_names_are_listed_once():
    assert len(tw.__all__) == len(set(tw.__all__))


def test_every_name_that_the_package_imports_is_public():
    module = ast.parse(Path(tw.__file__).read_text(encoding="utf-8"))
    imports = [line for line in ast.walk(module) if isinstance(line, ast.ImportFrom)]
    names = {name.asname or name.name for line in imports for name in line.names}
    tools = {"*", "Any", "TYPE_CHECKING", "annotations", "import_module", "ops"}
    assert {name for name in names - tools if name[0] != "_"} <= set(tw.__all__)


def test_a_star_import_gives_the_public_names():
    found = fresh("from tinygrad_wtf import *; print(*[name for name in dir() if not name.startswith('_')])")
    assert set(found) == set(tw.__all__)


def test_the_engine_has_a_version():
    assert tw.__version__.count(".") == 2
