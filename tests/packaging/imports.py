"""A script for a user's folder: each way of importing the layers, as the first import, gives the same modules.

Run as ``python imports.py theirs`` where the user's own `nn` comes first, ``python imports.py ours`` in a checkout,
where `nn` is the project's, and ``python imports.py none`` where there is no `nn`; with a number, so many ways only.
"""

import importlib
import pickle
import sys
import warnings

FIRST = [
    "import tinygrad_wtf.nn.functional as F",
    "import tinygrad_wtf.nn as nn",
    "from tinygrad_wtf.nn import Linear",
    "from tinygrad_wtf import nn",
    "from tinygrad_wtf.nn.layers.linear import Linear",
    "import tinygrad_wtf as tw; nn = tw.nn",
    "import tinygrad_wtf as tw; tw.nn.functional.relu(tw.tensor([1.0]))",
    "import tinygrad_wtf.optim as optim",
    "from tinygrad_wtf import optim",
    "from tinygrad_wtf.optim import SGD",
    "from tinygrad_wtf.optim.sgd import SGD",
    "import tinygrad_wtf.nn.datasets as datasets",
    "from tinygrad_wtf import *",
]
OURS = [
    "import nn",
    "import nn.functional as F",
    "from nn import Linear",
    "from nn.layers import linear",
    "import nn.datasets",
    "from nn.optim.sgd import SGD",
    "import nn, tinygrad_wtf.nn",
    "import tinygrad_wtf.nn, nn.functional",
]


def forget() -> None:
    """As in a fresh interpreter, as far as the project and `nn` are concerned."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("tinygrad_wtf", "nn")]:
        del sys.modules[name]
    sys.meta_path[:] = [finder for finder in sys.meta_path if not getattr(finder, "__module__", "").startswith("tiny")]


def check(nn_is: str) -> None:
    """After any of these imports every name leads to the same object."""
    import tinygrad_wtf
    import tinygrad_wtf.nn.functional as F
    import tinygrad_wtf.optim as optim
    from tinygrad_wtf import nn
    from tinygrad_wtf.nn import Linear
    from tinygrad_wtf.nn.layers.linear import Linear as Same

    assert nn is tinygrad_wtf.nn is sys.modules["tinygrad_wtf.nn"]
    assert F is nn.functional is importlib.import_module("tinygrad_wtf.nn.functional")
    assert optim is nn.optim is tinygrad_wtf.optim is importlib.import_module("tinygrad_wtf.nn.optim")
    assert importlib.import_module("tinygrad_wtf.optim.sgd") is importlib.import_module("tinygrad_wtf.nn.optim.sgd")
    assert Linear is Same is nn.Linear
    assert nn.__name__ == nn.__spec__.name == "tinygrad_wtf.nn"
    assert Linear.__module__ == "tinygrad_wtf.nn.layers.linear"
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    written = pickle.dumps(model, protocol=0)
    assert b"tinygrad_wtf.nn.layers.linear" in written
    assert b"cnn." not in written
    assert type(pickle.loads(written)) is nn.Sequential
    if nn_is == "ours":
        import nn as layers
        import nn.functional
        from nn.layers import linear

        assert layers is tinygrad_wtf.nn
        assert sys.modules["nn.functional"] is F
        assert linear.Linear is Linear
    elif nn_is == "theirs":
        import nn as own
        import nn.functional as theirs

        assert own.OWN == theirs.OWN == "the user's"
        assert not hasattr(own, "Linear")
    else:
        assert "nn" not in sys.modules
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        moved = importlib.import_module("tinygrad_wtf.nn.linear")
        import tinygrad_wtf.tensor
        from tinygrad_wtf.tensor import Tensor
    assert moved.Linear is Linear
    assert Tensor is tinygrad_wtf.Tensor
    assert tinygrad_wtf.tensor([1.0]).shape == (1,)
    assert {warning.category for warning in caught} == {DeprecationWarning}


def main() -> None:
    nn_is = sys.argv[1]
    most = int(sys.argv[2]) if len(sys.argv) > 2 else None
    for statement in FIRST[:most] + (OURS[:most] if nn_is == "ours" else []):
        forget()
        exec(statement, {})
        try:
            check(nn_is)
        except BaseException as error:
            raise AssertionError(f"after {statement!r}") from error
    import tinygrad_wtf
    from tinygrad_wtf import draw, nn

    loss = nn.functional.mse_loss(nn.Linear(2, 1)(tinygrad_wtf.ones(3, 2)), tinygrad_wtf.zeros(3, 1))
    draw(loss).save("backprop.html")  # reads files that lie beside the code
    print(tinygrad_wtf.__file__)


if __name__ == "__main__":
    main()
