"""The practices run, and the page they write shows what they made."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the examples are not installed

from examples import keras_listing, practice_00, practice_01, practice_02, practice_03  # noqa: E402
from examples.report import Report  # noqa: E402


class Short(Report):
    """Three epochs wherever a practice lets its report decide."""

    def epochs(self, full, quick):
        return 3


class Page(HTMLParser):
    """What a page links to, and whether its tags are closed."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.open, self.text = [], set(), [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]
        self.anchors.add(attributes.get("id"))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The report of all practices without the photos."""
    patch = pytest.MonkeyPatch()
    patch.delenv("TGWTF_DATA", raising=False)
    report = Short(tmp_path_factory.mktemp("a report"), quick=True)
    for practice in (practice_00, practice_01, practice_02, practice_03, keras_listing):
        practice.run(report)
    path = report.write()
    patch.undo()
    return report, path.parent, Page(path.read_text(encoding="utf-8"))


def test_page_is_well_formed_and_its_links_resolve(written):
    _, folder, page = written
    assert page.open == []
    for link in page.links:
        assert (link[1:] in page.anchors) if link.startswith("#") else (folder / link).is_file(), link


def test_every_picture_is_on_the_page(written):
    _, folder, page = written
    assert {path.name for path in folder.iterdir()} - {"index.html"} <= set(page.links)


def test_graphs_are_svg_and_figures_are_png(written):
    _, folder, _ = written
    graphs, figures = list(folder.glob("*.svg")), list(folder.glob("*.png"))
    assert len(graphs) >= 10
    assert len(figures) >= 30
    for path in graphs:
        assert ET.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    for path in figures:
        assert path.read_bytes().startswith(b"\x89PNG")


def test_every_graph_has_a_page_that_steps_through_it(written):
    _, folder, page = written
    for graph in folder.glob("*.svg"):
        stepping = graph.with_suffix(".html")
        assert stepping.name in page.links
        text = stepping.read_text(encoding="utf-8")
        assert text.count('<section class="step') > 10
        assert "not known" not in text or "too large" in text


def test_practices_come_in_the_order_of_the_guide(written):
    _, _, page = written
    places = [page.text.index(f"Practice 0{k}:") for k in range(4)] + [page.text.index("The end:")]
    assert places == sorted(places)


def test_table_has_the_final_numbers_of_every_network(written):
    report, _, page = written
    assert len(report.results) == 20
    for name, _, train, test, _ in report.results:
        for number in (name, f"{train['loss']:.4f}", *([f"{test['accuracy']:.1%}"] if test else [])):
            assert number in page.text
    assert sum(test is not None for _, _, _, test, _ in report.results) == 9


def test_page_says_that_digits_stand_in_for_the_photos(written):
    report, _, page = written
    assert page.text.count("photos of cats and dogs are not at hand") == 1
    assert any("handwritten digits" in result[0] for result in report.results)
    assert not any("cats" in result[0] for result in report.results)


def test_photos_are_used_where_they_are(tmp_path, monkeypatch):
    import h5py
    import numpy as np

    draw = np.random.default_rng(0)
    for name, m in (("train", 20), ("test", 6)):
        with h5py.File(tmp_path / f"{name}set.hdf5", "w") as file:
            file[f"X_{name}"] = draw.integers(0, 255, (m, 8, 8), dtype=np.uint8)
            file[f"Y_{name}"] = np.arange(m)[:, None] % 2.0
    monkeypatch.setenv("TGWTF_DATA", str(tmp_path))
    report = Short(tmp_path / "report")
    practice_01.run(report)
    assert [result[0] for result in report.results] == [
        "one neuron, cats and dogs, rate 0.1",
        "one neuron, cats and dogs, rate 0.01",
        "one neuron, cats and dogs, rate 0.01",
        "one neuron, cats and dogs, train against test",
        "one neuron, cats and dogs, an L2 penalty of 0.2",
        "one neuron, cats and dogs, an L1 penalty of 0.01",
        "one neuron, cats and dogs, early stopping",
    ]


def test_what_is_written_is_escaped(tmp_path):
    report = Report(tmp_path)
    report.chapter("1 < 2 & <b>", "<script>")
    report.note("a > b $x")
    report.result("<i>", 1, {"loss": 1.0, "accuracy": 1.0}, None, 0.0)
    text = report.write().read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "<b>" not in text
    assert "<i>" not in text
    assert "a &gt; b $x" in text


def test_only_a_quick_run_is_shortened(tmp_path):
    full, quick = Report(tmp_path, quick=False), Report(tmp_path, quick=True)
    assert (full.epochs(5000, 300), quick.epochs(5000, 300), quick.epochs(100, 300)) == (5000, 300, 100)


def test_a_practice_runs_alone(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "examples.practice_00", "--quick", "--out", str(tmp_path / "out")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "index.html").is_file()
    accuracy = float(re.search(r"accuracy (\d+\.\d)%", done.stdout).group(1))
    assert accuracy > 85
    assert done.stderr == ""


def test_the_neuron_finds_the_new_plant_toxic(written):
    _, _, page = written
    assert float(re.search(r"probability of (0\.\d\d) to be toxic", page.text).group(1)) > 0.8


def test_entry_point_names_its_options():
    done = subprocess.run(
        [sys.executable, "-m", "examples", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=100, check=True
    )
    assert "--quick" in done.stdout
    assert "--out" in done.stdout
