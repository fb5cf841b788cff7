"""`tinygrad_wtf.nn` in a checkout and in a zipped one, whatever is called `nn` beside the user's script.

The same for wheels and editable installs is in `test_installed`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHECKOUT = (ROOT / "nn" / "__init__.py").is_file()  # not so where the tests of a wheel run

OWN = 'OWN = "the user\'s"\n'


def nothing(folder: Path) -> None:
    """A folder with the script alone."""


def own_package(folder: Path) -> None:
    for name in ("__init__", "functional", "layers"):
        path = folder / "nn" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(OWN)


def own_file(folder: Path) -> None:
    """A single file that has `nn.functional` too."""
    (folder / "nn.py").write_text(f"import sys\n{OWN}functional = sys.modules['nn.functional'] = sys.modules['nn']\n")


FOLDERS = [nothing, own_file, own_package]


def run_imports(python: str, folder: Path, *arguments: str, path: Path | None = None) -> Path:
    """Run `imports.py` as a script of `folder`; where the package was found."""
    shutil.copy(HERE / "imports.py", folder)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if path:
        environment["PYTHONPATH"] = str(path)
    ran = subprocess.run(
        [python, "-W", "error", "imports.py", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return Path(ran.stdout.strip())


@pytest.mark.skipif(not CHECKOUT, reason="there is no checkout around these tests")
@pytest.mark.parametrize("content", FOLDERS)
def test_a_checkout_gives_one_module_whatever_the_folder_holds(content: Callable[[Path], None], tmp_path: Path) -> None:
    content(tmp_path)
    found = run_imports(sys.executable, tmp_path, "ours" if content is nothing else "theirs", "5", path=ROOT)
    assert found == ROOT / "tinygrad_wtf" / "__init__.py"


@pytest.mark.skipif(not CHECKOUT, reason="there is no checkout around these tests")
@pytest.mark.parametrize("content", [nothing, own_file])
def test_a_zipped_checkout_gives_one_module(content: Callable[[Path], None], tmp_path: Path) -> None:
    for package in ("tinygrad_wtf", "nn"):
        shutil.copytree(ROOT / package, tmp_path / "all" / package, ignore=shutil.ignore_patterns("__pycache__"))
    archive = Path(shutil.make_archive(str(tmp_path / "checkout"), "zip", tmp_path / "all"))
    user = tmp_path / "user"
    user.mkdir()
    content(user)
    found = run_imports(sys.executable, user, "ours" if content is nothing else "theirs", "1", path=archive)
    assert found == archive / "tinygrad_wtf" / "__init__.py"


@pytest.mark.skipif(not CHECKOUT, reason="there is no checkout around these tests")
def test_a_package_without_the_folder_of_layers_says_what_is_missing(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tinygrad_wtf", tmp_path / "tinygrad_wtf", ignore=shutil.ignore_patterns("__pycache__"))
    ran = subprocess.run(
        [sys.executable, "-c", "from tinygrad_wtf import nn"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert "tinygrad_wtf.nn is the folder nn beside" in ran.stderr.splitlines()[-1]
