"""The public names of `nn` and its packages: each is listed once, found by `dir` and given by a star import."""

import pytest

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


def test_functions_are_not_hidden_by_modules():
    import tinygrad_wtf.nn.summaries
    import tinygrad_wtf.nn.training.evaluate
    import tinygrad_wtf.nn.training.fit
    import tinygrad_wtf.nn.visual.watching  # noqa: F401

    assert all(callable(getattr(nn, name)) for name in FUNCTIONS)


def test_a_name_that_is_not_there_is_told():
    with pytest.raises(AttributeError, match=r"module 'tinygrad_wtf\.nn' has no attribute 'Linaer'"):
        nn.Linaer
