"""The stepping page in a real browser: it loads nothing, steps to its end by keys, and shows the tensors' gradients."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.browser.conftest import Visit
from tests.support.pictures import needs_renderer
from tinygrad_wtf import nn
from tinygrad_wtf.picture import draw

pytestmark = needs_renderer
Open = Callable[..., Visit]


def guide_loss(sizes: list[int], samples: int = 6) -> tuple[dict[str, tw.Tensor], tw.Tensor]:
    """The guide's network of these sizes after one pass, with its parameters under the names that a page gives them."""
    data = nn.datasets.blobs()
    layers: list[nn.Module] = []
    for inner, outer in pairwise(sizes):
        layers += [nn.Linear(inner, outer), nn.Sigmoid()]
    model = nn.Sequential(*layers)
    loss = nn.BCELoss()(model(tw.tensor(data.X[:samples], name="X")), tw.tensor(data.y[:samples], name="y"))
    loss.backward()
    called = [f"{letter}{layer}" for layer in range(1, len(sizes)) for letter in "Wb"]
    return dict(zip(called, model.parameters(), strict=True)), loss


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages that several tests open; none of them is changed."""
    tw.manual_seed(0)
    folder = tmp_path_factory.mktemp("pages with a space")
    x = tw.tensor(2.0, requires_grad=True, name="</script><img src=x onerror=alert(1)>")
    y = tw.tensor(
        np.linspace(-1, 1, 256).reshape(16, 16), requires_grad=True, name="a_very_long_name_for_one_tensor_only"
    )
    outputs = {"neuron": guide_loss([2, 1])[1], "network": guide_loss([2, 4, 1])[1], "shared": x * x * x + x * x}
    outputs |= {"deep": guide_loss([2, 128, 128, 128, 128, 1])[1], "wide": (y @ y.sigmoid()).tanh().sum()}
    found = {name: draw(loss).save(folder / f"{name}.html") for name, loss in outputs.items()}
    found["model"] = draw(nn.Sequential(nn.Linear(2, 4), nn.ReLU()), input_shape=(1, 2)).save(folder / "model.html")
    return found


every_page = pytest.mark.parametrize("name", ["neuron", "network", "shared", "deep", "wide", "model"])


def last(page: Any) -> int:
    return int(page.get_attribute("#slider", "max"))


def where(page: Any) -> int:
    """The step that is shown, which must be the only one."""
    shown = page.locator(".step:visible")
    assert shown.count() == 1
    place = int(shown.get_attribute("id").removeprefix("step-"))
    assert page.input_value("#slider") == str(place)
    return place


@every_page
def test_it_loads_without_a_request_and_without_an_error(pages: dict[str, Path], visit: Open, name: str) -> None:
    visited = visit(pages[name])
    for _ in range(last(visited.page)):
        visited.page.keyboard.press("ArrowRight")
    assert where(visited.page) == last(visited.page)
    assert visited.is_clean()


@pytest.mark.parametrize("name", ["neuron", "network"])
def test_it_steps_to_the_end_and_back_by_keys(pages: dict[str, Path], visit: Open, name: str) -> None:
    page = visit(pages[name]).page
    places = [where(page)]
    for _ in range(last(page)):
        page.keyboard.press("ArrowRight")
        places.append(where(page))
    page.keyboard.press("ArrowRight")
    assert [*places, where(page)] == [*range(last(page) + 1), last(page)]
    page.keyboard.press("ArrowLeft")
    assert where(page) == last(page) - 1
    page.keyboard.press("Home")
    assert where(page) == 0
    page.keyboard.press("End")
    assert where(page) == last(page)


@pytest.mark.parametrize("sizes", [[2, 1], [2, 4, 1]], ids=["neuron", "network"])
def test_the_numbers_shown_are_the_tensors_gradients(tmp_path: Path, visit: Open, sizes: list[int]) -> None:
    parameters, loss = guide_loss(sizes)
    page = visit(draw(loss).save(tmp_path / "page.html")).page
    page.keyboard.press("End")
    shown = {}
    for card in page.locator(".step:visible .found").all():
        name = "".join(card.locator("figcaption math").text_content().split())
        titles = card.locator("td").evaluate_all("cells => cells.map(cell => cell.title.split(': ')[1])")
        shown[name] = titles or [card.locator("data").get_attribute("value")]
    assert set(shown) == {f"d{name}" for name in parameters}
    for name, parameter in parameters.items():
        assert parameter.grad is not None
        numbers = [float(number.replace("−", "-")) for number in shown[f"d{name}"]]
        np.testing.assert_allclose(numbers, parameter.grad.numpy().ravel(), rtol=1e-5, atol=1e-9)
    assert page.locator(".step:visible").inner_text().count("This is what") == len(parameters)


def test_a_contribution_is_upstream_times_local(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["shared"]).page
    seen = 0
    for _ in range(last(page)):
        page.keyboard.press("ArrowRight")
        step = page.locator(".step:visible")
        if step.locator(".card.local").count():
            numbers = [
                float(step.locator(f".card.{kind} data").first.get_attribute("value"))
                for kind in ("upstream", "local", "contribution")
            ]
            assert numbers[0] * numbers[1] == pytest.approx(numbers[2])
            seen += 1
    assert seen >= 5


def test_the_node_of_the_step_is_marked(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["network"]).page
    for _ in range(last(page)):
        page.keyboard.press("ArrowRight")
        step = page.locator(".step:visible")
        wanted = step.get_attribute("data-now").split()
        marked = page.locator("[data-box].now").evaluate_all("boxes => boxes.map(box => box.dataset.box)")
        assert sorted(marked) == sorted(wanted)
        lines = page.locator("[data-line].now").evaluate_all("lines => lines.map(line => line.dataset.line)")
        assert sorted(lines) == sorted(step.get_attribute("data-lines").split())
        for box in page.locator("[data-box].now").all():  # and it is in sight
            middle = box.evaluate(
                "box => { const b = box.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2] }"
            )
            room = page.locator("#paper").bounding_box()
            assert room["x"] <= middle[0] <= room["x"] + room["width"]
            assert room["y"] <= middle[1] <= room["y"] + room["height"]


def test_the_slider_and_the_buttons_step(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["network"]).page
    page.locator("#slider").fill("7")
    assert where(page) == 7
    page.locator("#slider").focus()
    page.keyboard.press("ArrowRight")  # the slider's own key: one step, not two
    assert where(page) == 8
    for button, place in (("next", 9), ("back", 8), ("last", last(page)), ("first", 0)):
        page.click(f"#{button}")
        assert where(page) == place
    assert page.locator("#first").is_disabled()
    assert page.locator("#back").is_disabled()


def test_space_plays_and_pauses(pages: dict[str, Path], visit: Open) -> None:
    visited = visit(pages["neuron"])
    page = visited.page
    page.clock.install()
    page.reload()
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-pressed") == "true"
    page.clock.run_for(4_000)
    assert where(page) == 2
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-label") == "Play"
    page.clock.run_for(10_000)
    assert where(page) == 2
    page.keyboard.press(" ")
    page.clock.run_for(100_000)
    assert where(page) == last(page)
    assert page.get_attribute("#play", "aria-pressed") == "false"


def test_everything_is_reached_and_seen_by_the_tab_key(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["network"]).page
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid" or not reached[-1]
    assert {"paper", "panel", "play", "next", "last", "slider"} <= set(reached)
    page.locator("#next").focus()
    page.keyboard.press("Enter")
    page.keyboard.press(" ")
    assert where(page) == 2


def test_each_step_is_spoken(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["network"]).page
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    spoken = page.locator("[aria-live=polite]").text_content()
    assert spoken.startswith("Backward, step")
    assert "dW1" in spoken
    assert spoken in page.get_attribute("#slider", "aria-valuetext")


@every_page
def test_a_phone_has_nothing_beside_its_screen(pages: dict[str, Path], visit: Open, name: str) -> None:
    page = visit(pages[name], width=360, height=740, has_touch=True, is_mobile=True).page
    for _ in range(last(page) + 1):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.keyboard.press("ArrowRight")
    page.tap("#back")
    assert where(page) == last(page) - 1


def contrast(page: Any, selector: str) -> float:
    """How far the brightness of letters is from that of the page, from 1 to 21."""
    script = """element => {
        const parts = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
        const light = colour => parts(colour).map(part => part / 255)
            .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
            .reduce((sum, part, at) => sum + part * [.2126, .7152, .0722][at], 0);
        const ends = [light(getComputedStyle(element).color), light(getComputedStyle(document.body).backgroundColor)];
        return (Math.max(...ends) + .05) / (Math.min(...ends) + .05);
    }"""
    return float(page.locator(selector).first.evaluate(script))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_read_in_light_and_in_the_dark(pages: dict[str, Path], visit: Open, scheme: str) -> None:
    page = visit(pages["network"], scheme=scheme).page
    brightness = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
    assert brightness > 200 if scheme == "light" else brightness < 60
    for selector in ("h1", ".facts", ".where", "h2", ".note", ".keys"):
        assert contrast(page, selector) >= 4.5, selector
    page.keyboard.press("End")
    assert contrast(page, ".step:visible .where") >= 4.5
    letters = page.locator("svg text[fill='#222222']").first.evaluate("text => getComputedStyle(text).fill")
    assert ("230" in letters) == (scheme == "dark")


def test_a_wide_array_shows_its_numbers_to_who_stops_at_it(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["wide"]).page
    map_ = page.locator(".step:visible .dense").first
    cell = map_.locator("td").first
    assert cell.evaluate("cell => getComputedStyle(cell).fontSize") == "0px"
    map_.focus()
    assert cell.evaluate("cell => parseFloat(getComputedStyle(cell).fontSize)") > 8


def test_letters_stay_in_their_boxes_whatever_the_font(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["network"]).page
    page.click("#whole")
    wide = page.locator("[data-box]").evaluate_all(
        """boxes => boxes.filter(box => {
            const outline = box.querySelector("polygon, path, ellipse").getBoundingClientRect();
            return [...box.querySelectorAll("text")].filter(text => text.textContent.trim()).some(text => {
                const letters = text.getBoundingClientRect();
                return letters.left < outline.left - 1 || letters.right > outline.right + 1;
            });
        }).map(box => box.textContent)"""
    )
    assert wide == []


def test_the_picture_grows_shrinks_and_fits(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["deep"]).page
    width = "document.querySelector('#paper svg').getBoundingClientRect().width"
    before = page.evaluate(width)
    page.click("#larger")
    assert page.evaluate(width) > before
    page.click("#smaller")
    assert page.evaluate(width) == pytest.approx(before, rel=0.01)
    page.click("#whole")
    assert page.evaluate("paper.scrollHeight <= paper.clientHeight + 1")


def test_an_address_may_name_a_step(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["neuron"]).page
    page.goto(pages["neuron"].resolve().as_uri() + "#step-3")
    assert where(page) == 3


def test_without_a_script_all_steps_can_be_read(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["neuron"], java_script_enabled=False).page
    assert page.locator(".step:visible").count() == page.locator(".step").count() > 5
