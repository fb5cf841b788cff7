"""A picture reaches a file and a notebook, or says what is missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import graphviz
import pytest

from tests.support.pictures import (
    NO_RENDERER,
    ROOT,
    awkward_names,
    gradient,
    needs_renderer,
    network,
    square,
)
from tinygrad_wtf.picture import Picture, RendererError, draw
from tinygrad_wtf.picture.render import Renderer, find_renderers

SVG = "{http://www.w3.org/2000/svg}"
GRAPHS = {"square": square, "network": network, "gradient": gradient, "awkward_names": awkward_names}


@pytest.mark.parametrize("ending", [".dot", ".gv", ".DOT"])
def test_dot_text_is_saved_without_a_renderer(ending: str, tmp_path: Path) -> None:
    picture = draw(network())
    picture.renderer = NO_RENDERER
    path = picture.save(tmp_path / f"graph{ending}")
    assert path == tmp_path / f"graph{ending}"
    assert path.read_text(encoding="utf-8") == picture.source


@needs_renderer
@pytest.mark.parametrize("name", GRAPHS)
def test_svg_is_well_formed_and_says_what_it_shows(name: str, tmp_path: Path) -> None:
    picture = draw(GRAPHS[name]())
    root = ElementTree.parse(picture.save(str(tmp_path / "graph.svg"))).getroot()
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == f"{picture.graph.title}, {picture.graph.subtitle}"
    assert root[1].text == picture.graph.description


@needs_renderer
def test_awkward_names_appear_as_they_are() -> None:
    root = ElementTree.fromstring(draw(awkward_names()).svg().encode())
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {'"q" <b>&amp; \\N é', "<i>", "two\\nlines\\x00", '<outer> & "co"', "in\\ner"} <= texts
    tips = {link.get("{http://www.w3.org/1999/xlink}title") for link in root.iter(f"{SVG}a")}
    assert '"q" <b>&amp; \\N é: parameter, (2,), float32, needs a gradient' in tips


@needs_renderer
def test_png_is_an_image(tmp_path: Path) -> None:
    path = draw(square()).save(tmp_path / "graph.png")
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@needs_renderer
def test_threads_draw_at_the_same_time() -> None:
    pictures = [draw(square()), draw(awkward_names())] * 2
    alone = [picture.svg() for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(Picture.svg, pictures)) == alone


@pytest.mark.parametrize(("name", "said"), [("graph.jpg", r"ends in '\.jpg'"), ("graph", "has no ending")])
def test_an_unknown_ending_names_the_known_ones(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"{said}. Known endings: \.svg, \.png, \.pdf, \.dot, \.gv"):
        draw(square()).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        draw(square()).save(tmp_path / "nowhere" / "graph.dot")


@needs_renderer
def test_every_text_of_an_svg_falls_back_to_fonts_of_the_same_widths() -> None:
    root = ElementTree.fromstring(draw(square()).svg().encode())
    families = {text.get("font-family") for text in root.iter(f"{SVG}text")}
    assert families == {"Helvetica,Arial,Liberation Sans,Nimbus Sans,DejaVu Sans Condensed,sans-serif"}


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_without_a_renderer_one_sentence_says_what_to_install(ending: str, tmp_path: Path) -> None:
    picture = draw(square())
    picture.renderer = NO_RENDERER
    (tmp_path / f"graph.{ending}").write_text("an older picture")
    with pytest.raises(RendererError) as caught:
        picture.save(tmp_path / f"graph.{ending}")
    assert "pip install 'tinygrad_wtf[pictures]'" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["an older picture"]


def test_a_renderer_that_fails_is_named() -> None:
    picture = draw(square())
    picture.renderer = Renderer(programs=(sys.executable,))
    with pytest.raises(RendererError, match="could not be drawn: " + re.escape(sys.executable)):
        picture.svg()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "graph.dot"
    path.write_text("old")
    (tmp_path / ".graph.dot.partial").symlink_to("/dev/full")  # where it is written first
    with pytest.raises(OSError, match="No space left"):
        draw(square()).save(path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("graph.dot", "old")]


@needs_renderer
def test_jupyter_is_given_svg() -> None:
    bundle = draw(square())._repr_mimebundle_()
    assert bundle["image/svg+xml"].count("<svg") == 1
    assert draw(square())._repr_svg_() == bundle["image/svg+xml"]


def test_jupyter_is_given_dot_text_without_a_renderer() -> None:
    picture = draw(square())
    picture.renderer = NO_RENDERER
    assert picture._repr_mimebundle_() == {"text/plain": picture.source}
    assert picture._repr_svg_() is None


def test_the_digraph_is_graphviz_s_own() -> None:
    picture = draw(square())
    assert isinstance(picture.digraph, graphviz.Digraph)
    assert picture.source == picture.digraph.source


def test_a_system_dot_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / ("dot.exe" if os.name == "nt" else "dot")
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_renderers()[0] == str(program)


def test_importing_the_framework_does_not_import_graphviz() -> None:
    program = "import sys, tinygrad_wtf; print('graphviz' in sys.modules, 'tinygrad_wtf.picture' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
