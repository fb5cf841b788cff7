"""A real browser, where there is one: Chromium on the path, driven by Playwright, which brings none of its own here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def overheard(page: Any) -> tuple[list[str], list[str]]:
    """Lists that fill while a page is open: the addresses that it asks for, and what goes wrong."""
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return requests, complaints


class Visit:
    """An open page, and what went wrong in it.

    Attributes
    ----------
    page
        Playwright's.
    requests
        Every address that was asked for.
    complaints
        What the console said, and errors that nobody caught.
    """

    def __init__(self, page: Any, path: Path) -> None:
        self.page = page
        self.address = path.resolve().as_uri()
        self.requests, self.complaints = overheard(page)
        page.goto(self.address)

    def is_clean(self) -> bool:
        """Whether nothing was asked for but the file itself, and nothing was complained about."""
        asked = [address for address in self.requests if address != "data:,"]
        return asked == [self.address] and self.complaints == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once; without one these tests are skipped."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install -e '.[test]'"
    )
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on the path: apt-get install chromium")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Open a file, in a window of any size, in light or dark; close it after the test."""
    contexts = []

    def opened(path: Path, width: int = 1280, height: int = 800, scheme: str = "light", **options: Any) -> Visit:
        options = {"reduced_motion": "reduce", **options}
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        return Visit(context.new_page(), path)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """An empty page; what is opened in it may ask for files and data only, and must not complain."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    opened = context.new_page()
    requests, complaints = overheard(opened)
    yield opened
    context.close()
    assert complaints == []
    assert [address for address in requests if not address.startswith(("file:", "data:"))] == []
