"""Wheel, sdist and editable install in fresh environments: ``pytest -m packaging tests/packaging``.

They need `pip` and a package index. ``-k "not whole"`` leaves out the whole suite of tests on the installed wheel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import tinygrad_wtf as tw
from tests.packaging.test_names import FOLDERS, ROOT, run_imports

pytestmark = [pytest.mark.packaging]

SCRIPTS = "Scripts" if os.name == "nt" else "bin"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
TESTED = ("tests", "docs", "examples", "benchmarks", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml")

TYPED = {
    "layers": """
import tinygrad_wtf as tw
import tinygrad_wtf.nn.functional as F
import tinygrad_wtf.optim as optim
from tinygrad_wtf import nn
from tinygrad_wtf.nn import Linear
from tinygrad_wtf.nn.optim import SGD

class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = Linear(2, 1)

    def forward(self, x: tw.Tensor) -> tw.Tensor:
        return F.relu(self.layer(x))

layer: Linear = nn.Linear(2, 1)
net = Net()
weight: nn.Parameter = layer.weight
descent: SGD = optim.SGD(net.parameters(), lr=0.1)
nn.init.zeros_(layer.weight)
history: nn.History = nn.fit(net, F.mse_loss, descent, nn.datasets.blobs(), epochs=1)
""",
    "wrong": """
from tinygrad_wtf import nn
import tinygrad_wtf.nn.functional as F

nn.NoSuchLayer
F.no_such_function
layer: nn.Sequential = nn.Linear(2, 1)
nn.Linear("two", 1)
""",
}

PUBLIC = {"tw": tw, "nn": tw.nn, "F": tw.nn.functional, "optim": tw.optim, "init": tw.nn.init}
TYPED["public"] = "\n".join(
    [
        "import tinygrad_wtf as tw",
        "import tinygrad_wtf.nn.functional as F",
        "import tinygrad_wtf.nn.init as init",
        "import tinygrad_wtf.optim as optim",
        "from tinygrad_wtf import nn",
        *(f"print({short}.{name})" for short, module in PUBLIC.items() for name in module.__all__),
    ]
)


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints; its complaints if it fails."""
    ran = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}\n{ran.stdout[-4000:]}\n{ran.stderr[-4000:]}"
    return ran.stdout


def environment(folder: Path, *what: str) -> Path:
    """The Python of a fresh environment in which this was installed."""
    venv.create(folder, with_pip=True)
    python = folder / SCRIPTS / Path(sys.executable).name.replace("pythonw", "python")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what, cwd=folder)
    return python


def names_in(wheel: Path) -> set[str]:
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A wheel, an sdist, and a wheel made of the sdist, from a copy of what the repository holds."""
    place = tmp_path_factory.mktemp("built")
    checkout = place / "a checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(".*_cache", ".venv", "__pycache__", ".hypothesis"))
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir")
    run(*build, place / "direct", "--wheel", cwd=checkout)
    run(*build, place / "sdist", cwd=checkout)
    (direct,), (of_sdist,) = (list((place / name).glob("*.whl")) for name in ("direct", "sdist"))
    (sdist,) = (place / "sdist").glob("*.tar.gz")
    return {"checkout": checkout, "direct": direct, "wheel": of_sdist, "sdist": sdist}


@pytest.fixture(scope="session")
def python_of(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The Python of a kind of installation, in an environment that is made when it is first asked for."""
    what = {"wheel": [f"{built['wheel']}[pictures]"], "editable": ["-e", f"{built['checkout']}[pictures]"]}

    @cache
    def python(kind: str) -> Path:
        return environment(tmp_path_factory.mktemp(kind), *what[kind])

    return python


def test_the_wheel_of_the_sdist_is_the_wheel_and_holds_one_package(built: dict[str, Path]) -> None:
    names = names_in(built["wheel"])
    assert names == names_in(built["direct"])
    assert {name.partition("/")[0] for name in names} == {"tinygrad_wtf"}
    assert {"tinygrad_wtf/py.typed", "tinygrad_wtf/nn/py.typed", "tinygrad_wtf/nn/__init__.py"} <= names
    assert [name for name in names if name.endswith(".pyi")] == ["tinygrad_wtf/optim.pyi"]
    run(sys.executable, "-m", "check_wheel_contents", built["wheel"])


@pytest.mark.parametrize("content", FOLDERS)
@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_an_installation_gives_one_module_whatever_the_folder_holds(
    kind: str, content: Callable[[Path], None], python_of: Callable[[str], Path], tmp_path: Path
) -> None:
    content(tmp_path)
    nobodys = "ours" if kind == "editable" else "none"
    run_imports(str(python_of(kind)), tmp_path, "theirs" if content in FOLDERS[1:] else nobodys)


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_a_foreign_distribution_called_nn_comes_and_goes(
    kind: str, python_of: Callable[[str], Path], tmp_path: Path
) -> None:
    pip = (python_of(kind), "-m", "pip", "--disable-pip-version-check")
    foreign = tmp_path / "nn-0.1.1-py3-none-any.whl"
    with zipfile.ZipFile(foreign, "w") as archive:
        for name in ("__init__", "functional", "layers"):
            archive.writestr(f"nn/{name}.py", 'OWN = "the user\'s"\n')
        archive.writestr("nn-0.1.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: nn\nVersion: 0.1.1\n")
        archive.writestr("nn-0.1.1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("nn-0.1.1.dist-info/RECORD", "")
    run(*pip, "install", "--quiet", foreign)
    try:
        run_imports(str(python_of(kind)), tmp_path, "theirs")
    finally:
        run(*pip, "uninstall", "--quiet", "--yes", "nn")
    run_imports(str(python_of(kind)), tmp_path, "ours" if kind == "editable" else "none", "2")


@pytest.mark.parametrize("kind", ["checkout", "wheel", "editable"])
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_what_users_write_is_typed(
    checker: str, kind: str, built: dict[str, Path], python_of: Callable[[str], Path], tmp_path: Path
) -> None:
    """Right lines pass the strict checks, and wrong ones are found: nothing is silently `Any`."""
    for name, code in TYPED.items():
        (tmp_path / f"{name}.py").write_text(code)
    environment = dict(ENVIRONMENT)
    python = Path(sys.executable) if kind == "checkout" else python_of(kind)
    if checker == "mypy":
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")]
        command += ["--python-executable", str(python), "--follow-imports=silent"]
        if kind == "checkout":
            environment["MYPYPATH"] = str(built["checkout"])
    else:
        command = [sys.executable, "-m", "pyright", "--pythonpath", str(python)]
        if kind == "checkout":
            (tmp_path / "pyrightconfig.json").write_text(
                f'{{"extraPaths": [{str(built["checkout"])!r}]}}'.replace("'", '"')
            )
    found = {
        name: subprocess.run(
            [*command, f"{name}.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        for name in TYPED
    }
    for name in ("layers", "public"):
        assert found[name].returncode == 0, found[name].stdout + found[name].stderr
    lines = {line.split(":")[1] for line in found["wrong"].stdout.splitlines() if "error" in line and ".py:" in line}
    assert lines == {"5", "6", "7", "8"}, found["wrong"].stdout


@pytest.fixture(scope="session")
def tested(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with the tests and what they read, without the package; a Python that has the wheel."""
    place = tmp_path_factory.mktemp("tested")
    for name in TESTED:
        source = built["checkout"] / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place / name)
    return place, environment(tmp_path_factory.mktemp("environment") / "tests", f"{built['wheel']}[test]")


def test_a_sample_of_the_tests_passes_on_the_wheel(tested: tuple[Path, Path]) -> None:
    place, python = tested
    chosen = (
        "core/test_backward.py",
        "docs/test_import.py",
        "docs/test_docs.py",
        "nn/test_module.py",
        "nn/training",
    )
    run(python, "-m", "pytest", "-q", "-n", "auto", *(f"tests/{name}" for name in chosen), cwd=place)


def test_the_examples_in_docstrings_pass_on_the_wheel(tested: tuple[Path, Path]) -> None:
    place, python = tested
    found = Path(run(python, "-c", "import tinygrad_wtf; print(tinygrad_wtf.__file__)", cwd=place).strip())
    ignored = f"--ignore={found.with_name('optim.py')}"
    run(python, "-m", "pytest", "-q", "-n", "auto", "--pyargs", "tinygrad_wtf", ignored, cwd=place)


def test_the_whole_suite_passes_on_the_wheel(tested: tuple[Path, Path]) -> None:
    place, python = tested
    run(python, "-m", "pytest", "-q", "-n", "auto", "tests", cwd=place)
