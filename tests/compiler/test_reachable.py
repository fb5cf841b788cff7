"""What a compiled function reads by name, however it gets there, is looked at before each run."""

import array
import collections
import contextvars
import ctypes
import functools
import sys
import threading
import types
import weakref

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import assert_close
from tinygrad_wtf import nn
from tinygrad_wtf.compiler.own_code import is_given

X = tw.tensor([1.0])


class Bag:
    """Any attributes."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def module(name, source):
    """A module of the user's own."""
    made = types.ModuleType(name)
    made.__file__ = f"/somewhere/{name}.py"
    exec(compile(source, made.__file__, "exec"), vars(made))
    return made


def changes():
    """Pairs of a function and what changes its factor from 2 to 3."""
    made = {}

    class Config:
        scale = 2.0

    made["a class as a namespace"] = (lambda x: x * Config.scale), lambda: setattr(Config, "scale", 3.0)

    class Outer:
        class Inner:
            scale = 2.0

    made["a class in a class"] = (lambda x: x * Outer.Inner.scale), lambda: setattr(Outer.Inner, "scale", 3.0)

    class Base:
        scale = 2.0

    class Derived(Base):
        pass

    made["an inherited attribute"] = (lambda x: x * Derived.scale), lambda: setattr(Base, "scale", 3.0)

    class Derived2(Base):
        pass

    made["an attribute that hides"] = (lambda x: x * Derived2.scale), lambda: setattr(Derived2, "scale", 3.0)
    thing = type("Thing", (), {"scale": 2.0})()
    made["an attribute that hides the class's"] = (lambda x: x * thing.scale), lambda: setattr(thing, "scale", 3.0)
    held = Bag(config=type("Held", (), {"scale": 2.0}))
    made["a class in an object"] = (lambda x: x * held.config.scale), lambda: setattr(held.config, "scale", 3.0)
    classes = [type("Listed", (), {"scale": 2.0})]
    made["a class in a list"] = (lambda x: x * classes[0].scale), lambda: setattr(classes[0], "scale", 3.0)
    named = type("Named", (), {"scale": 2.0})
    made["getattr"] = (lambda x: x * getattr(named, "sca" + "le")), lambda: setattr(named, "scale", 3.0)
    vared = Bag(scale=2.0)
    made["vars"] = (lambda x: x * vars(vared)["scale"]), lambda: setattr(vared, "scale", 3.0)

    helpers = module("helpers_a", "SCALES = {'a': 2.0}\ndef scaled(x):\n    return x * SCALES['a']\n")
    made["a dict of a module"] = helpers.scaled, lambda: helpers.SCALES.update(a=3.0)
    other = module(
        "helpers_b", "SCALE = 2.0\ndef inner(x):\n    return x * SCALE\ndef scaled(x):\n    return inner(x)\n"
    )
    made["globals of a helper of a helper"] = (lambda x: other.scaled(x)), lambda: setattr(other, "SCALE", 3.0)
    swapped = module("helpers_c", "def inner(x):\n    return x * 2.0\n")
    made["a function of a module"] = (lambda x: swapped.inner(x)), lambda: setattr(swapped, "inner", lambda x: x * 3.0)
    methods = module(
        "helpers_d",
        "SCALE = 2.0\nclass Scaler:\n    def scaled(self, x):\n        return x * SCALE\nscaler = Scaler()\n",
    )
    made["globals of a method"] = (lambda x: methods.scaler.scaled(x)), lambda: setattr(methods, "SCALE", 3.0)
    replaced = module(
        "helpers_e", "class Scaler:\n    def scaled(self, x):\n        return x * 2.0\nscaler = Scaler()\n"
    )
    made["a method replaced on the class"] = (
        lambda x: replaced.scaler.scaled(x),
        lambda: setattr(replaced.Scaler, "scaled", lambda self, x: x * 3.0),
    )
    package = types.ModuleType("package_f")
    package.__file__ = "/somewhere/package_f.py"
    package.inner = module("package_g", "class Rates:\n    scale = 2.0\n")
    made["a class of a module of a module"] = (
        lambda x: x * package.inner.Rates.scale,
        lambda: setattr(package.inner.Rates, "scale", 3.0),
    )
    nets = module("helpers_h", "")
    nets.net = nn.Dropout(1.0)
    nets.net.eval()
    made["a layer in a module"] = (
        lambda x: nets.net(x) * 2.0 if not nets.net.training else x * 3.0,
        lambda: nets.net.train(),
    )

    state = {"scale": 2.0}

    def wrapping(function):
        @functools.wraps(function)
        def wrapper(x):
            return function(x) * state["scale"]

        return wrapper

    made["a wrapper"] = wrapping(lambda x: x * 1.0), lambda: state.update(scale=3.0)
    inner_state = {"scale": 2.0}
    made["what is wrapped"] = (
        (lambda f: functools.wraps(f)(lambda x: f(x)))(lambda x: x * inner_state["scale"]),
        lambda: inner_state.update(scale=3.0),
    )

    def attributed(x):
        return x * attributed.scale

    attributed.scale = 2.0
    made["a function's attribute"] = attributed, lambda: setattr(attributed, "scale", 3.0)

    def with_keywords(x, *, scale=2.0):
        return x * scale

    made["keyword defaults"] = (
        (lambda x: with_keywords(x)),
        lambda: with_keywords.__kwdefaults__.update(scale=3.0),
    )

    class Slotted:
        __slots__ = ("scale",)

    class Below(Slotted):
        __slots__ = ("__hidden",)

        def __init__(self):
            self.scale, self.__hidden = 2.0, 1.0

        def grow(self):
            self.__hidden = 1.5

        def product(self):
            return self.scale * self.__hidden

    inherited, hidden = Below(), Below()
    made["inherited slots"] = (lambda x: x * inherited.scale), lambda: setattr(inherited, "scale", 3.0)
    made["a private slot"] = (lambda x: x * hidden.product()), hidden.grow

    class Computed:
        factor = 2.0

        @property
        def scale(self):
            return self.factor

        @staticmethod
        def static(x):
            return x * Computed.factor

        @classmethod
        def of_class(cls, x):
            return x * cls.factor

        def __matmul__(self, x):
            return x * self.factor

    computed = Computed()

    def triple():
        Computed.factor = 3.0

    def back():
        Computed.factor = 2.0

    for name, function in {
        "a property": lambda x: x * computed.scale,
        "a static method": lambda x: Computed.static(x),
        "a class method": lambda x: Computed.of_class(x),
        "an operator": lambda x: computed @ x,
    }.items():
        made[name] = (lambda x, f=function: f(x)), triple
    made["a property"][1].back = back

    keys = {"a": 2.0}

    def renamed(x):
        return x * (2.0 if "a" in keys else 3.0)

    def rename():
        keys["b"] = keys.pop("a")

    made["the keys of a dict"] = renamed, rename
    queue = collections.deque([2.0])
    made["a deque"] = (lambda x: x * queue[0]), lambda: (queue.clear(), queue.append(3.0))
    variable = contextvars.ContextVar("scale", default=2.0)
    made["a context variable"] = (lambda x: x * variable.get()), lambda: variable.set(3.0)
    referent = Bag(scale=2.0)
    reference = weakref.ref(referent)
    made["a weak reference"] = (lambda x: x * reference().scale), lambda: setattr(referent, "scale", 3.0)
    numbers = {2.0: None}
    made["a dict's only key"] = (lambda x: x * next(iter(numbers))), lambda: (numbers.clear(), numbers.update({3.0: 1}))

    class Settings(dict):
        factor = 1.0

        def scale(self):
            return self["scale"] * self.factor * self.own

    settings_of_a_kind, of_class, own = Settings(scale=2.0), Settings(scale=2.0), Settings(scale=2.0)
    settings_of_a_kind.own = of_class.own = own.own = 1.0
    made["an entry of a dict of one's own"] = (
        lambda x: x * settings_of_a_kind.scale(),
        lambda: settings_of_a_kind.update(scale=3.0),
    )
    made["an attribute of a dict"] = (lambda x: x * own.scale()), lambda: setattr(own, "own", 1.5)
    made["a class's attribute of a dict"] = (lambda x: x * of_class.scale()), lambda: setattr(Settings, "factor", 1.5)

    def reloaded(x):
        return x * 2.0

    made["code that is reloaded"] = (
        lambda x: reloaded(x),
        lambda: setattr(reloaded, "__code__", (lambda x: x * 3.0).__code__),
    )
    factory = collections.defaultdict(lambda: 2.0)
    made["a default factory"] = (lambda x: x * factory["absent"]), lambda: factory.update(absent=3.0)
    typed = Bag(scale=True)
    made["1 in the place of True"] = (
        lambda x: x * (2.0 if typed.scale is True else 3.0),
        lambda: setattr(typed, "scale", 1),
    )
    zero = Bag(sign=0.0)
    made["-0 in the place of 0"] = (
        lambda x: x * (2.5 + np.copysign(0.5, -zero.sign).item()),
        lambda: setattr(zero, "sign", -0.0),
    )
    hidden_array = np.array([2.0])
    made["arithmetic of NumPy"] = (lambda x: x * tw.tensor(hidden_array * 1.0).float()), lambda: hidden_array.fill(3)
    objects = np.array([2.0, None], dtype=object)
    made["an array of objects"] = (lambda x: x * objects[0]), lambda: objects.__setitem__(0, 3.0)
    large = np.full(1 << 18, 2.0)
    made["a large array"] = (lambda x: x * float(large[-1])), lambda: large.__setitem__(-1, 3.0)
    sequential = nn.Sequential(type("Twice", (nn.Module,), {"forward": lambda self, x: x * 2.0})())
    thrice = type("Thrice", (nn.Module,), {"forward": lambda self, x: x * 3.0})
    made["a layer exchanged"] = (lambda x: sequential(x)), lambda: sequential.__setitem__(0, thrice())
    half = type("Half", (nn.Module,), {"forward": lambda self, x: x * 1.5})
    for name, change in {
        "a layer appended": lambda net: net.append(half()),
        "a layer inserted": lambda net: net.insert(0, half()),
        "a layer added": lambda net: net.add_module("more", half()),
    }.items():
        grown = nn.Sequential(type("Twice", (nn.Module,), {"forward": lambda self, x: x * 2.0})())
        made[name] = (lambda x, net=grown: net(x)), lambda net=grown, change=change: change(net)
    shrunk = nn.Sequential(
        type("A", (nn.Module,), {"forward": lambda self, x: x * 3.0})(),
        type("B", (nn.Module,), {"forward": lambda self, x: x - 1.0})(),
    )
    made["a layer deleted"] = (lambda x: shrunk(x)), lambda: shrunk.__delitem__(1)
    patched = type("Patched", (nn.Module,), {"forward": lambda self, x: x * 2.0})
    net = patched()
    made["forward replaced on the class"] = (
        lambda x: net(x),
        lambda: setattr(patched, "forward", lambda self, x: x * 3.0),
    )
    hooked, settings = nn.Dropout(0.0), {"scale": 2.0}
    hooked.register_forward_hook(lambda module, args, output: output * settings["scale"])
    made["what a forward hook reads"] = (lambda x: hooked(x)), lambda: settings.update(scale=3.0)
    return made


def hidden_changes():
    """The same, where the factor is not in a list, a dict or an attribute of the function's own."""
    made = {}

    class Twice:
        def factor(self):
            return 2.0

    class Thrice:
        def factor(self):
            return 3.0

    thing = Twice()
    made["the class of an object"] = (lambda x: x * thing.factor()), lambda: setattr(thing, "__class__", Thrice)
    two, three = (type(f"By{k}", (nn.Module,), {"forward": lambda self, x, k=k: x * k}) for k in (2.0, 3.0))
    layer = two()
    made["the class of a layer"] = (lambda x: layer(x)), lambda: setattr(layer, "__class__", three)

    class Meta(type):
        scale = 2.0

        def __call__(cls, x):
            return x * 2.0

    class OfMeta(metaclass=Meta):
        pass

    class Called(metaclass=type("Meta", (Meta,), {})):
        pass

    base = type("Base", (nn.Module,), {"forward": lambda self, x: x * 2.0})
    derived = type("Derived", (base,), {})
    inherited = derived()
    made["an inherited method is overridden"] = (
        lambda x: inherited(x),
        lambda: setattr(derived, "forward", lambda self, x: x * 3.0),
    )
    matched = type("Matched", (), {"__match_args__": ("some", "factor")})()
    matched.some, matched.factor = 1, 2.0

    def matching(x):
        match matched:
            case type_(1, factor):
                return x * factor

    type_ = type(matched)
    made["what a class pattern takes"] = matching, lambda: setattr(matched, "factor", 3.0)
    made["an attribute of a metaclass"] = (lambda x: x * OfMeta.scale), lambda: setattr(Meta, "scale", 3.0)
    made["a method of a metaclass"] = (
        (lambda x: Called(x)),
        lambda: setattr(type(Called), "__call__", lambda cls, x: x * 3.0),
    )
    sys.modules["settings_of_the_user"] = settings = module("settings_of_the_user", "scale, other = 2.0, 2.0")

    def importing(x):
        import settings_of_the_user

        return x * settings_of_the_user.scale

    def importing_from(x):
        from settings_of_the_user import other

        return x * other

    made["a module imported inside"] = importing, lambda: setattr(settings, "scale", 3.0)
    made["a name imported inside"] = importing_from, lambda: setattr(settings, "other", 3.0)
    globals()["HIDDEN"] = 2.0
    made["globals()"] = (lambda x: x * globals()["HIDDEN"]), lambda: globals().update(HIDDEN=3.0)

    inner = {"k": 2.0}
    chained = collections.ChainMap({}, inner)
    made["a ChainMap"] = (lambda x: x * chained["k"]), lambda: inner.update(k=3.0)
    user = collections.UserDict(k=2.0)
    made["a UserDict"] = (lambda x: x * user["k"]), lambda: user.update(k=3.0)
    weak = weakref.WeakKeyDictionary({thing: 2.0})
    made["a WeakKeyDictionary"] = (lambda x: x * weak[thing]), lambda: weak.update({thing: 3.0})
    behind = {"k": 2.0}
    proxy, values = types.MappingProxyType(behind), behind.values()
    made["a mapping proxy"] = (lambda x: x * proxy["k"]), lambda: behind.update(k=3.0)
    other = {"k": 2.0}
    values = other.values()
    made["the values of a dict"] = (lambda x: x * sum(values)), lambda: other.update(k=3.0)

    for kind, given in {
        "a bytearray": bytearray([2]),
        "an array of Python": array.array("d", [2.0]),
        "a memoryview": memoryview(bytearray([2])),
        "a number of C": (ctypes.c_double * 1)(2.0),
    }.items():
        made[kind] = (lambda x, given=given: x * given[0]), lambda given=given: given.__setitem__(0, 3)

    source = [2.0]

    @functools.lru_cache
    def kept():
        return source[0]

    def forget():
        source[0] = 3.0
        kept.cache_clear()

    made["an lru_cache"] = (lambda x: x * kept()), forget

    @functools.singledispatch
    def dispatched(x):
        return x * 2.0

    made["a singledispatch"] = (
        (lambda x: dispatched(x)),
        lambda: dispatched.register(tw.Tensor, lambda x: x * 3.0),
    )
    return made


@pytest.mark.parametrize("calls", [1, 4])
@pytest.mark.parametrize("name", hidden_changes())
def test_changes_are_seen_in_hidden_places(name, calls):
    function, change = hidden_changes()[name]
    compiled = tw.compile(function)
    assert [compiled(X).item() for _ in range(calls)] == [2.0] * calls
    change()
    assert [compiled(X).item() for _ in range(3)] == [3.0] * 3
    assert compiled.traces <= 4


def test_each_thread_has_its_own_locals():
    local = threading.local()
    compiled = tw.compile(lambda x: x * local.scale)
    found = []

    def work(scale):
        local.scale = scale
        found.extend(compiled(X).item() for _ in range(4))

    for scale in (2.0, 3.0):
        thread = threading.Thread(target=work, args=(scale,))
        thread.start()
        thread.join()
    assert found == [2.0] * 4 + [3.0] * 4


def test_a_bytearray_that_is_watched_can_grow():
    given = bytearray([2])
    compiled = tw.compile(lambda x: x * given[0] * len(given))
    assert compiled(X).item() == 2
    given.append(1)
    assert compiled(X).item() == 4


@pytest.mark.parametrize("calls", [1, 4])
@pytest.mark.parametrize("name", changes())
def test_changes_are_seen(name, calls):
    function, change = changes()[name]
    expected = [function(X).item()] * calls
    compiled = tw.compile(function)
    assert [compiled(X).item() for _ in range(calls)] == expected
    change()
    assert compiled(X).item() == function(X).item() != expected[0]
    assert [compiled(X).item() for _ in range(3)] == [function(X).item()] * 3
    assert compiled.traces <= 3


def test_a_method_of_the_projects_own_classes_may_be_replaced(monkeypatch):
    layer = nn.Sequential(nn.Linear(1, 1))
    compiled = tw.compile(lambda x: layer(x))
    for _ in range(4):
        compiled(X)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: x * 3)
    assert compiled(X).item() == 3


def test_what_is_not_read_is_not_watched():
    """An attribute that no function names may change: nothing is traced anew."""
    thing = Bag(scale=2.0, history=[], calls=0)
    compiled = tw.compile(lambda x: x * thing.scale)
    for number in range(5):
        thing.history.append(number)
        thing.calls += 1
        assert compiled(X).item() == 2
    assert compiled.traces == 1


def test_equal_numbers_are_the_same():
    thing = Bag(scale=2.0, name="a", pair=(1.0, "b"))
    compiled = tw.compile(lambda x: x * thing.scale * thing.pair[0] if thing.name else x)
    for _ in range(4):
        thing.scale, thing.name, thing.pair = float("2.0"), "".join(["a"]), (float("1"), "b")
        assert compiled(X).item() == 2
    assert compiled.traces == 1


# -- arrays of NumPy ---------------------------------------------------------------------------------------------------

TABLE = tw.arange(10.0).reshape(5, 2)
LAYER = nn.Embedding(5, 2)


def put(x, i):
    z = x * 1
    z[i] = 9.0
    return z


def stack(x, i):
    return tw.tensor(np.stack([i, i])).float() * x.sum()


READS_OF_ARRAYS = {
    "an index": lambda x, i: x[i],
    "embedding": lambda x, i: LAYER(tw.tensor(i)) + nn.functional.embedding(tw.as_tensor(i), x),
    "gather": lambda x, i: tw.gather(x, 0, tw.as_tensor(i.reshape(-1, 1))),
    "index_select": lambda x, i: tw.index_select(x, 0, tw.tensor(i)),
    "take_along_dim": lambda x, i: tw.take_along_dim(x, tw.tensor(i.reshape(-1, 1)), 0),
    "np.stack": stack,
    "a write at": put,
    "a number": lambda x, i: x * int(i[0]),
    "a row": lambda x, i: x[int(i[1])],
    "a product": lambda x, i: x[:3] * i.reshape(-1, 1),
    "arithmetic": lambda x, i: x[:3] * (i * 2.0 + 1).reshape(-1, 1),
    "a view": lambda x, i: x[i[1:]],
}


@pytest.mark.parametrize("given", [False, True], ids=["found", "as an argument"])
@pytest.mark.parametrize("name", READS_OF_ARRAYS)
def test_arrays_may_be_changed_in_place(name, given):
    function, i = READS_OF_ARRAYS[name], np.array([0, 1, 2])
    compiled = tw.compile(function) if given else tw.compile(lambda x: function(x, i))
    for numbers in ([0, 1, 2], [0, 1, 2], [4, 0, 1], [4, 0, 1], [3, 3, 3], [0, 1, 2]):
        i[:] = numbers
        assert_close(compiled(TABLE, i) if given else compiled(TABLE), function(TABLE, i))


def test_objects_that_answer_everything_with_an_error_are_left_alone():
    class Stubborn:
        def __getattr__(self, name):
            raise RuntimeError(f"no {name} here")

        def __eq__(self, other):
            raise RuntimeError("not comparable")

        __hash__ = None

    gone = weakref.proxy(Stubborn())  # what it stands for is gone
    held = Bag(stubborn=Stubborn(), scale=2.0, gone=gone, parts=[Stubborn(), gone])
    compiled = tw.compile(lambda x: x * held.scale if held.parts and (held.stubborn, held.gone) else x)
    assert [compiled(X).item() for _ in range(3)] == [2, 2, 2]
    held.scale = 3.0
    assert compiled(X).item() == 3
    held.parts[0] = 1.0
    assert compiled(X).item() == 3
    assert compiled.traces == 3


def test_an_object_that_cannot_be_looked_at_is_refused():
    class Closed:
        def __getattribute__(self, name):
            raise RuntimeError("closed")

    held = Bag(closed=Closed())
    with pytest.raises(tw.TraceError, match=r"a Closed .* does not let itself be looked at"):
        tw.compile(lambda x: x * 2 if held.closed is not None else x)(X)


def test_a_module_of_the_users_with_the_name_of_one_of_python(monkeypatch):
    made = module("statistics", "SCALE = 2.0\ndef scaled(x):\n    return x * SCALE\n")
    monkeypatch.setitem(sys.modules, "statistics", made)
    is_given.cache_clear()
    try:
        compiled = tw.compile(lambda x: made.scaled(x))
        assert compiled(X).item() == 2
        made.SCALE = 3.0
        assert compiled(X).item() == 3
    finally:
        is_given.cache_clear()


def test_a_profiler_is_called_as_before():
    seen = []

    def profiler(frame, kind, given):
        seen.append(frame.f_code.co_name)

    def function(x):
        return x * Bag(scale=2.0).scale

    sys.setprofile(profiler)
    try:
        tw.compile(function)(X)
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
    assert "function" in seen
