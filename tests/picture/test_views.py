"""The views, the formats, models without a loss, and what Jupyter shows.

The golden files hold DOT, Mermaid and JSON. After a wanted change write them anew with
``python -m tests.picture.test_views``, look at the difference, and render one to see it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import tinygrad_wtf as tw
from tests.support.pictures import GOLDEN, NO_RENDERER, ROOT, awkward_names, needs_renderer, network, tensor_box
from tinygrad_wtf import nn
from tinygrad_wtf.picture import ENDINGS, Picture, RendererError, bundle, draw
from tinygrad_wtf.picture.render import Renderer


def shared() -> Picture:
    """Tensors used more than once, after backward."""
    x = tw.tensor(2.0, requires_grad=True, name="x")
    a = x * x
    loss = a * x + a
    loss.backward()
    return draw(loss)


def rolled() -> Picture:
    x = tw.tensor(1.0, requires_grad=True, name="x")
    y = x
    for _ in range(10_000):
        y = y + x
    return draw(y)


def model() -> Picture:
    return draw(nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)), input_shape=(1, 2))


PICTURES: dict[str, Callable[[], Picture]] = {
    "shared": shared,
    "rolled": rolled,
    "closed": lambda: draw(network(), collapse=True),
    "forward": lambda: draw(network(), view="forward"),
    "both": lambda: draw(network(), view="both"),
    "model": model,
}


def written(name: str, ending: str) -> str:
    picture = PICTURES[name]()
    if ending == "dot":
        return picture.source
    return json.dumps(picture.graph.as_dict(), ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("name", PICTURES)
def test_the_dot_text_is_the_golden_one(name: str) -> None:
    assert written(name, "dot") == (GOLDEN / f"{name}.dot").read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", ["md", "json"])
def test_the_other_texts_are_the_golden_ones(ending: str, tmp_path: Path) -> None:
    path = shared().save(tmp_path / f"shared.{ending}")
    assert path.read_bytes() == (GOLDEN / f"shared.{ending}").read_bytes()


def test_other_processes_write_the_same() -> None:
    program = "from tests.picture.test_views import *; print(shared().graph.as_dict(), rolled().source)"
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PATH": ""},
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "7")
    }
    assert len(texts) == 1


# -- views --------------------------------------------------------------------------------------


def test_forward_arrows_lead_to_the_loss() -> None:
    picture = draw(network(), view="forward", legend=False)
    loss = tensor_box(picture, "L")
    arrows = [line.split("->") for line in picture.source.splitlines() if "->" in line]
    assert any(head.strip().split()[0] == loss.key for _, head in arrows)
    assert not any(tail.strip() == loss.key for tail, _ in arrows)


def test_both_adds_a_grey_arrow_for_every_gradient() -> None:
    backward = draw(network(), legend=False)
    both = draw(network(), view="both", legend=False)
    flows = sum(edge.carries_gradient for edge in backward.graph.edges)
    assert both.source.count("->") == backward.source.count("->") + flows
    assert both.source.count("constraint=false") == flows


def test_the_title_names_the_view() -> None:
    assert draw(network(), view="forward").graph.title == "How L was computed"
    assert "values the other way" in draw(network(), view="both").graph.title


def test_fan_out_is_drawn_as_a_sum() -> None:
    picture = shared()
    x = tensor_box(picture, "x")
    assert x.uses == 3
    assert picture.source.count(f"-> sum_{x.key}") == 3
    assert picture.source.count(f"sum_{x.key} -> {x.key}") == 1


def test_a_tensor_used_once_has_no_sum() -> None:
    assert "sum_" not in draw(tw.tensor(1.0, requires_grad=True).exp()).source


# -- formats ------------------------------------------------------------------------------------


def test_json_holds_boxes_edges_formulas_and_numbers(tmp_path: Path) -> None:
    loaded = json.loads(shared().save(tmp_path / "graph.json").read_text(encoding="utf-8"))
    (x,) = [box for box in loaded["boxes"] if box.get("label") == "x"]
    assert (x["kind"], x["role"], x["gradient"]["mean"], x["uses"]) == ("tensor", "parameter", 16.0, 3)
    assert {edge["formula"] for edge in loaded["edges"] if edge["head"] == x["key"]} == {"× x", "× v1"}
    assert loaded["roots"] == ["v3"]


def test_json_has_no_number_that_json_does_not_know(tmp_path: Path) -> None:
    loss = tw.tensor(float("nan"), requires_grad=True) * 2.0
    json.loads(draw(loss).save(tmp_path / "graph.json").read_text(), parse_constant=lambda word: pytest.fail(word))


def test_mermaid_names_cannot_break_out(tmp_path: Path) -> None:
    text = draw(awkward_names()).save(tmp_path / "graph.md").read_text(encoding="utf-8")
    picture = text.split("```mermaid\n")[1].split("```")[0]
    assert "<b>" not in picture
    assert picture.count("subgraph") == picture.count("\n    end") + picture.count("\n  end")
    for line in picture.splitlines():
        assert line.count('"') % 2 == 0


def test_pdf_needs_a_system_dot_and_says_so(tmp_path: Path) -> None:
    picture = shared()
    picture.renderer = Renderer(programs=("/somewhere/graphviz-pure",))
    with pytest.raises(RendererError, match="PDF is drawn by the system's dot only"):
        picture.save(tmp_path / "graph.pdf")
    assert list(tmp_path.iterdir()) == []


def test_pdf_is_asked_of_the_system_dot(tmp_path: Path) -> None:
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\necho "%PDF $@"\n')
    program.chmod(0o755)
    picture = shared()
    picture.renderer = Renderer(programs=(str(program),))
    assert picture.save(tmp_path / "graph.pdf").read_text() == "%PDF -Kdot -Tpdf\n"


def test_a_drawing_that_takes_too_long_is_given_up() -> None:
    picture = shared()
    picture.renderer = Renderer(programs=(sys.executable,), seconds=0.0)
    with pytest.raises(
        RendererError, match=r"was not drawn within 0\.0 seconds\. Draw less of the graph: collapse='auto'"
    ):
        picture.svg()


def test_the_known_endings_are_listed() -> None:
    assert ENDINGS == (".svg", ".png", ".pdf", ".dot", ".gv", ".md", ".json", ".html")


# -- models -------------------------------------------------------------------------------------


def test_a_model_is_drawn_without_a_loss() -> None:
    picture = model()
    assert picture.graph.title == "Sequential on input (1, 2): 17 parameters"
    assert picture.graph.view == "forward"
    assert [box.label for box in picture.graph.roots] == ["output"]
    assert tensor_box(picture, "input").role == "input"


def test_clusters_of_a_model_say_how_much_each_layer_learns() -> None:
    assert "0: Linear: 12 parameters" in model().source
    assert "2: Linear: 5 parameters" in model().source


def test_drawing_a_model_leaves_it_as_it_was() -> None:
    net = nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.Linear(4, 1))
    net[1].eval()
    state = {name: value.numpy().copy() for name, value in net.state_dict().items()}
    generator = tw.get_rng_state()
    with tw.no_grad():
        draw(net, input_shape=(1, 2))
        assert not tw.is_grad_enabled()
    assert str(tw.get_rng_state()) == str(generator)
    assert [part.training for part in net.modules()] == [True, True, False, True]
    assert all((net.state_dict()[name].numpy() == value).all() for name, value in state.items())
    assert all(parameter.grad is None for parameter in net.parameters())


def test_a_frozen_model_is_drawn_too() -> None:
    net = nn.Linear(2, 1)
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    picture = draw(net, input_shape=(1, 2))
    assert [box.name for box in picture.graph.operations] == ["linear"]
    assert picture.graph.title == "Linear on input (1, 2): 3 parameters"


def test_several_inputs_have_a_shape_each() -> None:
    class Sum(nn.Module):
        def forward(self, a: tw.Tensor, b: tw.Tensor) -> tw.Tensor:
            made: tw.Tensor = a + b
            return made

    picture = draw(Sum(), input_shape=[(1, 2), (3, 2)])
    assert {box.label for box in picture.graph.tensors if box.role == "input"} == {"input 1", "input 2"}


def test_a_model_without_a_shape_is_refused_with_the_mend() -> None:
    with pytest.raises(tw.SettingError, match=r"a Linear has no graph before it runs. Add input_shape=\(1, inputs\)"):
        draw(nn.Linear(2, 1))


@pytest.mark.parametrize("shape", [(1, 2.5), (1, True), "12", (-1, 2)])
def test_a_shape_that_is_none_is_refused(shape: object) -> None:
    with pytest.raises(tw.SettingError, match="input_shape holds whole numbers"):
        draw(nn.Linear(2, 1), input_shape=shape)  # type: ignore[arg-type]


def test_anything_that_can_be_called_and_has_parameters_is_a_model() -> None:
    class Plain:
        def __init__(self) -> None:
            self.weight = tw.tensor([2.0], requires_grad=True)

        def parameters(self) -> list[tw.Tensor]:
            return [self.weight]

        def __call__(self, x: tw.Tensor) -> tw.Tensor:
            made: tw.Tensor = x * self.weight
            return made

    assert draw(Plain(), input_shape=(3,)).graph.title == "Plain on input (3,): 1 parameter"


# -- Jupyter ------------------------------------------------------------------------------------


@needs_renderer
def test_jupyter_shows_the_graph_of_a_tensor_beside_its_numbers() -> None:
    x = tw.tensor(2.0, requires_grad=True)
    y = x * x
    shown = y._repr_mimebundle_()
    assert shown["text/plain"] == repr(y)
    assert "<svg" in shown["image/svg+xml"]


def test_jupyter_shows_plain_tensors_as_text() -> None:
    for plain in (tw.tensor(2.0), tw.tensor(2.0, requires_grad=True)):
        assert plain._repr_mimebundle_() == {"text/plain": repr(plain)}


def test_jupyter_does_not_draw_a_large_graph() -> None:
    x = tw.tensor(2.0, requires_grad=True)
    y = x
    for _ in range(50):
        y = y * x
    assert list(y._repr_mimebundle_()) == ["text/plain"]


def test_jupyter_shows_text_without_a_renderer() -> None:
    assert bundle(tw.tensor(2.0, requires_grad=True).exp(), NO_RENDERER) == {}


if __name__ == "__main__":
    for name in PICTURES:
        (GOLDEN / f"{name}.dot").write_text(written(name, "dot"), encoding="utf-8")
    for ending in ("md", "json"):
        shared().save(GOLDEN / f"shared.{ending}")
