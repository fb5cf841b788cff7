"""The picture of a compiled program: every call has a box, buffers have numbers, and it reaches a file."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.pictures import NO_RENDERER, ROOT, needs_renderer
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import Compiled
from tinygrad_wtf.compiler.ir import VIEWS
from tinygrad_wtf.compiler.passes.slices import Slice
from tinygrad_wtf.compiler.pipeline import Options
from tinygrad_wtf.picture import ProgramPicture, RendererError, draw
from tinygrad_wtf.picture.program.collapse import collapsed


def trained(*sizes, runs=5, momentum=0.0, options=None):
    """A compiled training step that has run."""
    tw.manual_seed(0)
    network = nn.Sequential(*(layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.Sigmoid())))
    descent = nn.optim.SGD(network.parameters(), lr=0.5, momentum=momentum)
    log_loss = nn.BCELoss()
    data = nn.datasets.circles()

    def training(X, y):
        descent.zero_grad()
        loss = log_loss(network(X), y)
        loss.backward()
        descent.step()
        return loss

    training.__name__ = "step"
    step = Compiled(training, options=options)
    X, y = tw.tensor(data.X), tw.tensor(data.y)
    for _ in range(runs):
        step(X, y)
    step.network = network
    return step


def boxes(picture, *kinds):
    return [node for node in picture.graph.nodes if node.kind in kinds]


def box_of(picture, call):
    (found,) = [node for node in picture.graph.nodes if node.key == f"c{int(call.result)}"]
    return found


def readers(picture, key):
    return {edge.head for edge in picture.graph.edges if edge.tail == key}


def lines_that_run(program):
    """The lines of the printed program that call something."""
    return [
        line
        for line in program.source.splitlines()
        if re.match(r"    (if not |[\w.]+\(|\w+ = [\w.]+\(|\S+ < abs\()", line)
    ]


# -- what is in it ------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 1), (2, 32, 1), (2, 128, 128, 128, 128, 1)])
def test_every_line_that_runs_has_a_box(sizes):
    step = trained(*sizes)
    assert len(boxes(draw(step), "call", "guard")) == len(lines_that_run(step.program))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.booleans())
def test_every_call_of_the_plan_has_a_box_and_no_view_has_one(sizes, moving):
    step = trained(2, *sizes, 1, runs=2, momentum=0.9 if moving else 0.0)
    picture, plan = draw(step), step.program.executable
    keys = {node.key for node in picture.graph.nodes}
    running = {f"c{int(call.result)}" for calls in plan.running for call in calls}
    assert running <= keys
    views = {c.result for c in plan.graph.instructions if c.function in VIEWS or isinstance(c.function, Slice)}
    assert not {f"c{int(v)}" for v in views if v in plan.arrays} & keys - running


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_edges_join_boxes_and_values_flow_without_circles(sizes):
    graph = draw(trained(2, *sizes, 1, runs=2)).graph
    order = {node.key: at for at, node in enumerate(graph.nodes)}
    assert len(order) == len(graph.nodes)
    for edge in graph.edges:
        assert {edge.tail, edge.head} <= set(order)
        assert edge.flow == "write" or order[edge.tail] < order[edge.head]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_two_results_have_the_same_number_just_if_they_lie_in_the_same_buffer(sizes):
    step = trained(2, *sizes, 1, runs=2)
    picture, plan = draw(step), step.program.executable
    found = []
    for call in (call for calls in plan.running for call in calls):
        node = box_of(picture, call)
        if node.buffer:
            found.append((node.place, plan.arrays[call.result]))
    for one, a in found:
        for other, b in found:
            if one == other:
                assert np.shares_memory(a, b)
            elif "." not in one + other or one.partition(".")[0] != other.partition(".")[0]:
                assert not np.shares_memory(a, b)
    numbers = sorted({int(place.partition(".")[0]) for place, _ in found})
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_chain_in_place_has_one_number_and_one_colour():
    picture = draw(trained(2, 32, 1))
    chain = [n for n in boxes(picture, "call") if n.path == ("body: runs each time", "Sequential", "1: Sigmoid")]
    assert [node.title for node in chain] == ["exp", "add(·, 1)", "divide(1, ·)"]  # the sign is in the samples
    assert len({node.place for node in chain}) == 1
    fills = {re.search(rf"\b{node.key} \[.*fillcolor=\"(#\w+)\"", picture.source)[1] for node in chain}
    assert len(fills) == 1


def test_parts_of_one_buffer_are_told_apart():
    picture = draw(trained(2, 32, 1))
    keys = {node.key for node in boxes(picture, "gradient")}
    places = [node.place for node in boxes(picture, "call") if readers(picture, node.key) & keys]
    assert len(set(places)) == 3  # the first layer's two are computed as one
    assert len({place.partition(".")[0] for place in places}) == 1


def test_a_buffer_is_used_again():
    calls = [node for node in boxes(draw(trained(2, 32, 1)), "call") if node.buffer]
    assert len({node.place for node in calls}) < len(calls)


def test_what_runs_when_arguments_change_lies_apart():
    step = trained(2, 1)
    picture, (prepared, body) = draw(step), step.program.executable.running
    assert {box_of(picture, call).path[0].partition(":")[0] for call in prepared} == {"prepare"}
    assert {box_of(picture, call).path[0].partition(":")[0] for call in body} == {"body"}


def test_layers_and_the_gradients_they_get_are_clusters():
    picture = draw(trained(2, 32, 1))
    clusters = {node.path[1:] for node in boxes(picture, "call")}
    assert {("Sequential", "0: Linear"), ("Sequential", "1: Sigmoid"), ("BCELoss",), ("update",)} <= clusters
    assert {("backward", "to the gradients of 2: Linear"), ("backward", "to the gradients of 0: Linear")} <= clusters
    homes = [(node.title, node.path[-1][-9:], node.facts) for node in boxes(picture, "gradient")]
    assert sorted(homes) == [
        (f"{name}.grad", layer, (layer,)) for name in ("bias", "weight") for layer in ("0: Linear", "2: Linear")
    ]


def test_the_loss_outside_of_layers_is_not_called_backward():
    layer = nn.Linear(3, 2)
    descent = nn.optim.SGD(layer.parameters(), lr=0.1)

    @tw.compile
    def step(x):
        descent.zero_grad()
        loss = (tw.exp(layer(x)) ** 2).mean()
        loss.backward()
        descent.step()
        return loss

    step(tw.ones(4, 3))
    picture = draw(step)
    (result,) = boxes(picture, "result")
    last = [node for node in picture.graph.nodes if result.key in readers(picture, node.key)]
    first = [node for node in boxes(picture, "call") if node.title == "exp"]
    assert [node.path for node in first + last] == [("body: runs each time",)] * 2


def test_names_are_those_of_the_signature_and_of_the_tensors():
    w = tw.Tensor([1.0, 2.0], requires_grad=True, name="slope")

    @tw.compile
    def loss(x, *others, target):
        return ((w * x + others[0] - target["y"]) ** 2).sum()

    loss(tw.ones(2), tw.ones(2) * 2, target={"y": tw.ones(2) * 3})
    picture = draw(loss)
    assert {node.title for node in boxes(picture, "argument")} == {"x", "others[0]", "target['y']"}
    assert [node.title for node in boxes(picture, "parameter")] == ["slope"]
    assert "Backward() on its results runs a program of its own." in picture.description


def test_products_tell_flops_and_others_bytes():
    step = trained(2, 32, 1)
    picture = draw(step)
    products = [node for node in boxes(picture, "call") if node.title.startswith("dot")]
    assert sum(node.flops for node in products) == picture.graph.flops
    assert f"{picture.graph.flops:,} flops" in repr(step.program)
    (first,) = [node for node in products if node.path[-1] == "0: Linear"]
    assert first.facts == ("linear", "19,200 flops")
    assert all(any("bytes" in fact for fact in node.facts) for node in boxes(picture, "call") if not node.flops)


def test_views_are_said_on_the_edges():
    picture = draw(trained(2, 32, 1))
    (weight,) = [node for node in boxes(picture, "parameter") if node.title == "weight"]
    assert [edge.label for edge in picture.graph.edges if edge.tail == weight.key] == ["T", ""]  # there, and back


def test_transposing_twice_is_not_said():
    labels = {edge.label for edge in draw(trained(2, 32, 1)).graph.edges}
    assert "T" in labels
    assert "T, T" not in labels


def test_views_are_counted():
    step = trained(2, 32, 1)
    running = sum(map(len, step.program.executable.running))
    assert draw(step).graph.views == len(step.program.executable.graph.instructions) - running


def test_the_update_reads_all_gradients():
    picture = draw(trained(2, 32, 1))
    gradients = boxes(picture, "gradient")
    (update,) = set.union(*(readers(picture, node.key) for node in gradients))
    assert len(gradients) == 4
    assert next(node.path[-1] for node in picture.graph.nodes if node.key == update) == "update"


def test_memory_that_is_read_and_written_has_one_line_with_two_heads():
    picture = draw(trained(2, 1))
    (both,) = [edge for edge in picture.graph.edges if edge.flow == "both"]
    tail, head = ({node.key: node for node in picture.graph.nodes}[key] for key in (both.tail, both.head))
    assert (tail.title, head.title) == ("2 parameters side by side", "subtract")
    assert "in the tensor's memory" in head.facts


def test_a_copy_that_has_to_be_made_is_a_call():
    memory = tw.zeros(3)

    @tw.compile
    def swap(x):
        before = memory * 1
        memory.copy_(x)
        return before

    swap(tw.ones(3))
    assert [node.title for node in boxes(draw(swap), "call")].count("copyto") == swap.program.source.count("copyto(")


def test_a_gradient_that_has_to_be_copied_is_a_call():
    w = tw.Tensor([1.0, 2.0], requires_grad=True, name="w")

    @tw.compile
    def step(x):
        w.grad = None
        loss = (w * x).sum()
        loss.backward()
        return loss

    step(tw.ones(2))
    assert step.program.source.count("copyto(") == 1
    (copy,) = [node for node in boxes(draw(step), "call") if node.title == "copyto"]
    assert readers(draw(step), copy.key) == {node.key for node in boxes(draw(step), "gradient")}


def test_the_title_counts():
    step = trained(2, 1)
    graph = draw(step).graph
    assert graph.title == "step, compiled"
    calls = len(boxes(draw(step), "call", "guard"))
    assert graph.subtitle.startswith(f"{calls} calls, ")
    assert f"{step.program.executable.buffers:,} bytes of buffers" in graph.subtitle
    assert graph.subtitle.endswith("traced once")
    assert "traced" not in draw(step.program).graph.subtitle


def test_several_programs_are_mentioned():
    double = tw.compile(lambda x: x * 2)
    double(tw.ones(2))
    double(tw.ones(3))
    assert draw(double).graph.notes == ["the program that ran last, of 2 that are kept"]


# -- large, and shared out ----------------------------------------------------------------------


def test_large_programs_are_closed_by_layers():
    opened = draw(trained(2, 8, 8, 1), collapse=False)
    picture = ProgramPicture(collapsed(opened.graph, most=30))
    assert "the calls of one layer are one box" in picture.graph.notes
    titles = [node.title for node in boxes(picture, "closed")]
    assert {"0: Linear", "1: Sigmoid", "BCELoss", "to the gradients of 4: Linear", "update"} <= set(titles)
    assert not boxes(picture, "call", "guard", "parameter", "gradient")
    assert sum(node.calls for node in boxes(picture, "closed")) == len(boxes(opened, "call", "guard"))
    assert sum(node.flops for node in boxes(picture, "closed")) == opened.graph.flops


def test_very_large_programs_are_closed_by_groups_of_layers():
    opened = draw(trained(2, 8, 8, 1), collapse=False)
    picture = ProgramPicture(collapsed(opened.graph, most=8))
    titles = [node.title for node in boxes(picture, "closed")]
    before = ["Sequential", "BCELoss", "outside of layers"]
    assert titles == [*before, "Sequential", "BCELoss", "backward", "update"]


def test_collapse_closes_a_small_one_too():
    assert {node.kind for node in draw(trained(2, 1), collapse=True).graph.nodes} == {"closed", "argument", "result"}


def test_of_several_shares_the_first_is_drawn():
    picture = draw(trained(2, 8, 1, options=Options(threads=3, worth_sharing=0)))
    assert picture.graph.notes == ["every share does the same with its samples: the first of 3 is drawn and counted"]
    (others,) = boxes(picture, "shares")
    assert others.title == "shares 2 to 3"
    sums = [node for node in boxes(picture, "call") if "sum of shares" in node.facts]
    assert readers(picture, others.key) == {node.key for node in sums}
    outermost = {node.path[0] for node in boxes(picture, "call")}
    assert outermost == {"share 1 of 3, each in a thread of its own", "then, with the sums of all shares"}
    assert [node.title for node in boxes(picture, "argument")] == ["X, samples 0 to 33", "y, samples 0 to 33"]


# -- the look -----------------------------------------------------------------------------------


def test_kinds_differ_in_outline_and_colour():
    source = draw(trained(2, 1), legend=False).source
    looks = set()
    for key in ("v0", r"c\d+", r"g\d+_0", "r0"):
        line = next(line for line in source.splitlines() if re.match(rf"\s*{key} \[", line))
        looks.add((re.search(r"shape=(\w+)", line)[1], re.search(r' color="(#\w+)"', line)[1]))
    assert len({shape for shape, _ in looks}) == len({colour for _, colour in looks}) == 4


def test_the_legend_can_be_left_out():
    step = trained(2, 1)
    assert "legend" in draw(step).source
    assert "legend" not in draw(step, legend=False).source


@needs_renderer
def test_names_with_signs_are_shown_as_they_are():
    name = '"q" <b>&amp; \\N é'
    w = tw.Tensor([1.0], requires_grad=True, name=name)

    def awkward(x):
        return (w * x).sum()

    awkward.__name__ = "<i>&\\N"
    step = tw.compile(awkward)
    step(tw.ones(1))
    svg = draw(step).svg()
    texts = {
        "".join(element.itertext()) for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")
    }
    assert any(name in text for text in texts)
    assert any("<i>&\\N, compiled" in text for text in texts)


def test_the_same_bytes_in_every_run_of_python():
    program = "from tests.picture.test_program import trained, draw; print(draw(trained(2, 8, 1)).source, end='')"
    printed = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, check=True, text=True, cwd=ROOT,
            env={"PYTHONHASHSEED": str(seed), "PATH": "", "HOME": str(ROOT)},
        ).stdout
        for seed in (1, 2)
    }  # fmt: skip
    assert len(printed) == 1


def test_nothing_of_the_program_is_kept_alive():
    import gc
    import weakref

    step = trained(2, 1)
    picture, program = draw(step), weakref.ref(step.program)
    del step
    gc.collect()
    assert program() is None
    assert picture.source


# -- files, and what goes wrong -----------------------------------------------------------------


@needs_renderer
@pytest.mark.parametrize(
    ("ending", "start"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".dot", b"digraph"), (".GV", b"digraph")]
)
def test_the_ending_says_the_format(tmp_path, ending, start):
    path = draw(trained(2, 1)).save(tmp_path / f"program{ending}")
    assert path.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("name", "said"), [("a.html", "ends in '.html'"), ("a.json", "ends in '.json'"), ("a", "has no ending")]
)
def test_other_endings_are_refused(tmp_path, name, said):
    with pytest.raises(ValueError, match=rf"{re.escape(said)}\. Known endings: \.svg, \.png, \.pdf, \.dot, \.gv$"):
        draw(trained(2, 1)).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@needs_renderer
def test_jupyter_shows_it():
    picture = draw(trained(2, 1))
    shown = picture._repr_mimebundle_()
    assert set(shown) == {"image/svg+xml", "text/plain"}
    assert "<title>step, compiled</title>" in picture._repr_svg_()
    assert shown["text/plain"].startswith("<ProgramPicture: step, compiled. ")


def test_without_a_renderer_jupyter_shows_the_text():
    picture = draw(trained(2, 1))
    picture.renderer = NO_RENDERER
    assert picture._repr_mimebundle_() == {"text/plain": picture.source}
    assert picture._repr_svg_() is None
    with pytest.raises(RendererError):
        picture.svg()


def test_a_function_and_its_program_give_the_same_picture():
    step = trained(2, 1)
    one, other = draw(step).graph, draw(step.program).graph
    assert isinstance(draw(step), ProgramPicture)
    assert (one.nodes, one.edges) == (other.nodes, other.edges)


def test_before_it_has_run_there_is_nothing_to_draw():
    step = trained(2, 1)
    step.clear()
    with pytest.raises(tw.GraphError, match=r"compiled function step has no program before it has run\. Call it first"):
        draw(step)


@pytest.mark.parametrize(
    "setting", [{"view": "forward"}, {"depth": 1}, {"hops": 3}, {"values": False}, {"input_shape": (1,)}]
)
def test_settings_of_graphs_are_refused(setting):
    with pytest.raises(tw.SettingError, match=f"{next(iter(setting))} is for recorded graphs"):
        draw(trained(2, 1), **setting)
