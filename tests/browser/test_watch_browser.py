"""The page of `nn.watch` in a real browser: its slider and keys, its numbers, and that it fits on a phone."""

import re

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets

SNAPSHOTS = 9
DATA = datasets.circles()


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A small training, watched; and what its script must not take for markup."""
    tw.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 8), nn.Sigmoid(), nn.Linear(8, 1), nn.Sigmoid())
    path = tmp_path_factory.mktemp("watch") / "training.html"
    watching = nn.watch(model, path, DATA, SNAPSHOTS, title="<img src=x> & co", classes=("<i>no</i>", "toxic & sure"))
    optimizer = nn.optim.SGD(model.parameters(), lr=8.0)
    watching.history = nn.fit(
        model, nn.BCELoss(), optimizer, DATA, 64, validation=DATA, callbacks=[watching], progress=False
    )
    return watching


@pytest.fixture
def opened(page, watched):
    page.goto(watched.path.as_uri())
    return page


def now(page):
    return page.locator("#now").inner_text()


def legend(page, title):
    """What stands beside the names in one chart's legend."""
    figure = page.locator("figure", has=page.get_by_role("heading", name=title, exact=True))
    return figure.locator(".legend b").all_inner_texts()


def number(text):
    digits, _, exponent = text.replace("−", "-").partition(" · 10")
    return float(digits) * 10 ** int(exponent.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)


def test_it_opens_at_the_end_of_the_training(opened, watched):
    assert now(opened).startswith("epoch 64 of 64, loss ")
    assert opened.locator("#moment").get_attribute("max") == str(SNAPSHOTS - 1)
    assert opened.title() == opened.locator("h1").inner_text() == "<img src=x> & co"
    assert opened.locator(".keys").inner_text().startswith("<i>no</i>")


def test_the_numbers_shown_are_those_of_every_snapshot(opened, watched):
    opened.keyboard.press("Home")
    for snapshot in watched.snapshots:
        assert now(opened).startswith(f"epoch {snapshot.epoch} of 64")
        shown = legend(opened, "Gradient norm of each layer"), legend(opened, "Change of each layer in one epoch")
        for texts, values in zip(shown, (snapshot.gradients, snapshot.updates), strict=True):
            if values[0] is None:
                assert texts == ["–", "–"]
            else:
                np.testing.assert_allclose([number(text) for text in texts], values, rtol=6e-3)
        if snapshot.epoch:
            losses = [watched.history[name][snapshot.epoch - 1] for name in ("loss", "val_loss")]
            np.testing.assert_allclose([number(text) for text in legend(opened, "Loss")], losses, rtol=6e-3)
            accuracy = f"{100 * watched.history['accuracy'][snapshot.epoch - 1]:.1f} %"
            assert legend(opened, "Accuracy")[0] == accuracy
        opened.keyboard.press("ArrowRight")
    assert now(opened).startswith("epoch 64 of 64")


def test_keys_go_to_both_ends_and_no_further(opened):
    opened.keyboard.press("ArrowRight")
    assert now(opened).startswith("epoch 64 ")
    opened.keyboard.press("Home")
    opened.keyboard.press("ArrowLeft")
    assert now(opened) == "epoch 0 of 64, before training"
    opened.keyboard.press("End")
    assert now(opened).startswith("epoch 64 ")


def test_the_slider_is_reached_by_tabs_and_says_where_it_is(opened):
    for _ in range(2):
        opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.id") == "moment"
    opened.keyboard.press("ArrowLeft")
    assert opened.locator("#moment").input_value() == str(SNAPSHOTS - 2)
    assert opened.locator("#moment").get_attribute("aria-valuetext") == "epoch 49 of 64"
    opened.locator("#moment").fill("3")
    assert now(opened).startswith("epoch 9 of 64")


def test_space_plays_from_the_beginning_to_the_end(opened):
    opened.keyboard.press("Space")
    assert opened.locator("#play").inner_text() == "Pause"
    assert opened.locator("#now").get_attribute("aria-live") == "off"
    opened.locator("#play", has_text="Play").wait_for()
    assert now(opened).startswith("epoch 64 of 64")
    assert opened.locator("#now").get_attribute("aria-live") == "polite"


def test_space_pauses(opened):
    opened.keyboard.press("Home")
    opened.keyboard.press("Space")
    opened.locator("#play", has_text="Pause").wait_for()
    opened.keyboard.press("Space")
    stood = now(opened)
    opened.wait_for_timeout(400)
    assert now(opened) == stood
    assert opened.locator("#play").inner_text() == "Play"


def test_a_click_on_a_chart_goes_to_the_nearest_snapshot(opened):
    chart = opened.locator(".chart").first
    box = chart.bounding_box()
    chart.click(position={"x": 46 + (box["width"] - 58) * 24 / 64, "y": 60})
    assert now(opened).startswith("epoch 25 of 64")


def test_the_boundary_moves_and_is_described(opened):
    lines = []
    for key in ("End", "Home"):
        opened.keyboard.press(key)
        lines.append(opened.locator(".boundary").get_attribute("d"))
    assert lines[0] != lines[1]
    described = opened.locator(".field > svg").get_attribute("aria-label")
    assert re.fullmatch(r"The plane of x₁ and x₂ with 100 points; the model decides for .* on \d+ % of it", described)
    assert opened.locator(".point").count() == 100 + 2  # and two in the legend


def test_points_and_boundary_lie_where_they_belong(opened, watched):
    """Back from the screen to the plane: a circle for each point of class 0, lines where the model says one half."""
    frame = opened.locator(".frame")
    left, top, width, height = (float(frame.get_attribute(name)) for name in ("x", "y", "width", "height"))
    low, extent = watched.plane.low, watched.plane.high - watched.plane.low

    def in_the_plane(places):
        return low + extent * (np.array(places) - [left, top + height]) / [width, -height]

    circles = opened.locator(".field circle").evaluate_all(
        "all => all.map(c => [+c.getAttribute('cx'), +c.getAttribute('cy')])"
    )
    np.testing.assert_allclose(in_the_plane(circles), DATA[0][DATA[1][:, 0] == 0], atol=0.01)
    line = opened.locator(".boundary").get_attribute("d")
    places = [[float(x), float(y)] for x, y in re.findall(r"([\d.]+) ([\d.]+)", line)]
    assert len(places) > 20
    np.testing.assert_allclose(nn.predict(watched.model, in_the_plane(places)), 0.5, atol=0.05)


def test_the_shading_has_the_colours_of_the_decisions(opened, watched):
    """In the middle of the plane and in a corner the canvas has the hue of the class decided there."""
    low, high = watched.plane.low, watched.plane.high
    side, pixels = opened.evaluate(
        """() => {
          const canvas = document.querySelector(".field canvas");
          return [canvas.width, [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]];
        }"""
    )
    image = np.reshape(pixels, (side, side, 4))
    for part in (0.5, 0.02):
        red, _, blue, _ = image[round((1 - part) * (side - 1)), round(part * (side - 1))]
        point = low + part * (high - low)
        toxic = nn.predict(watched.model, point[None]).item()
        assert abs(toxic - 0.5) > 0.05
        assert (red > blue) == (toxic > 0.5)


def test_first_epochs_can_be_stretched(opened):
    def place():
        return float(opened.locator(".here").first.get_attribute("x1"))

    opened.keyboard.press("Home")
    for _ in range(3):
        opened.keyboard.press("ArrowRight")
    before = place()
    opened.get_by_label("stretch the first epochs").check()
    assert place() > before + 50


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1900])
def test_it_fits_the_window_in_light_and_dark(page, watched, scheme, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(watched.path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for chart in page.locator(".chart svg, .field > svg").all():
        box = chart.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_a_window_that_changes_is_drawn_anew(opened):
    before = opened.locator(".chart svg").first.bounding_box()["width"]
    opened.set_viewport_size({"width": 420, "height": 800})
    opened.wait_for_timeout(200)
    assert opened.locator(".chart svg").first.bounding_box()["width"] != before
    assert opened.evaluate("document.documentElement.scrollWidth") <= 420


def test_a_failed_run_says_so_and_a_model_of_three_features_has_no_plane(page, tmp_path):
    model = nn.Sequential(nn.Linear(3, 1))
    data = np.ones((4, 3)), np.zeros((4, 1))
    watching = nn.watch(model, tmp_path / "failed.html", data)
    with pytest.raises(nn.NonFiniteError):
        nn.fit(model, nn.MSELoss(), nn.optim.SGD(model.parameters(), lr=1e8), data, 50, callbacks=[watching])
    page.goto(watching.path.as_uri())
    assert "NonFiniteError" in page.locator("#ending").inner_text()
    assert "these have 3." in page.locator("#plane").inner_text()
    page.keyboard.press("Home")
    assert now(page).startswith("epoch 0 ")
