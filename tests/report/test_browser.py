"""The report in a browser: it loads from disk, asks for nothing, complains of nothing, switches and plays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.corpus import Corpus
from pipelines.report.pages.facts import Facts
from pipelines.report.pages.html import write_report
from tests.report.browser import CHROMIUM, Browser, chromium
from tests.report.conftest import HOSTILE

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def url(corpus: Corpus, facts: Facts) -> str:
    write_report(corpus, facts)
    return Path(corpus.path("report.html")).as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Browser]:
    browser.open("about:blank")
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(url)
    yield browser
    assert browser.complaints == []
    assert [request for request in browser.requests if not request.startswith(("file:", "data:"))] == []
    assert len([request for request in browser.requests if request.startswith("file:")]) == 1


def cells(page: Browser, row: int) -> list[str]:
    return page.evaluate(
        f"[...document.querySelectorAll('#matrix tbody tr')[{row}].cells].slice(1)"
        ".map(cell => cell.querySelector('.r').textContent + cell.querySelector('.m').textContent)"
    )


def cell_class(page: Browser, row: int, column: int) -> str:
    return page.evaluate(f"document.querySelectorAll('#matrix tbody tr')[{row}].cells[{column + 1}].className")


def test_clicking_switches_measure_and_split(page: Browser) -> None:
    assert cells(page, 0) == ["6", "1+5", "0", "0", "7+5"]
    page.click("input[value=speakers]")
    assert cells(page, 0) == ["3", "1+4", "0", "0", "4+1"]
    assert cell_class(page, 1, 2) == "s3 one"
    page.click("input[value=dev]")
    assert cells(page, 0) == ["0", "1+1", "0", "0", "1+1"]
    assert page.evaluate("location.hash") == "#count=speakers&split=dev"
    page.click("input[value=hours]")
    assert page.evaluate("[...document.querySelectorAll('.key[id]')].map(key => key.hidden)") == [True, False]


def test_the_fragment_chooses_the_view(page: Browser) -> None:
    page.evaluate("location.hash = '#count=hours&split=test'")
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    assert page.evaluate("document.getElementById('matrix').dataset.view") == "hours|test"
    assert cells(page, 2)[0] == "0.0025"
    assert page.evaluate("document.getElementById('shown').textContent") == "hours, test"


def test_a_cell_opens_with_its_clips_and_they_play(page: Browser) -> None:
    page.click("#matrix tbody tr:nth-child(1) td:nth-of-type(2) button")
    assert page.evaluate("document.getElementById('cell-name').textContent") == "en-US in street_10db"
    clips = "[...document.querySelectorAll('#cell-clips strong')].map(each => each.textContent)"
    assert page.evaluate(clips) == ["recorded", "simulated"]
    played = (
        "(async () => { const audio = document.querySelector('#cell audio');"
        " await audio.play(); return [audio.duration, audio.error]; })()"
    )
    duration, error = page.evaluate(played)
    assert error is None
    assert duration == pytest.approx(0.2, abs=0.15)
    page.press("Escape")
    assert page.evaluate("document.getElementById('cell').hidden") is True


def test_arrow_keys_move_between_cells(page: Browser) -> None:
    page.evaluate("document.querySelector('#matrix button[tabindex=\"0\"]').focus()")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.press(key)
    where = "[document.activeElement.closest('tr').rowIndex, document.activeElement.closest('td').cellIndex]"
    assert page.evaluate(where) == [2, 2]
    assert page.evaluate("document.querySelectorAll('#matrix button[tabindex=\"0\"]').length") == 1


def test_hostile_text_does_not_run(page: Browser) -> None:
    page.click("#matrix tbody tr:nth-child(1) td:nth-of-type(1) button")
    assert page.evaluate("document.querySelector('#cell-clips blockquote').textContent") == HOSTILE
    assert page.evaluate("document.title") == "demo: panvox report"
    assert page.evaluate("document.images.length") == 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1400])
def test_the_page_never_scrolls_sideways(page: Browser, width: int, dark: bool) -> None:
    assert page.screenshot(width, 800, dark=dark).startswith(b"\x89PNG")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True


@pytest.mark.parametrize("dark", [False, True])
def test_cells_are_legible(page: Browser, dark: bool) -> None:
    page.screenshot(1400, 800, dark=dark)
    contrast = """(() => {
        const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
        const light = (colour) => channels(colour).map((c) => c / 255)
            .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const probe = document.querySelector("#matrix tbody td");
        const worst = [];
        for (const name of ["s1", "s2", "s3", "s4", "s5", "f1", "f2", "f3", "f4", "f5", "untargeted", "margin"]) {
            probe.className = name;
            const style = getComputedStyle(probe);
            const back = style.backgroundColor === "rgba(0, 0, 0, 0)"
                ? getComputedStyle(document.querySelector(".frame")).backgroundColor : style.backgroundColor;
            const [a, b] = [light(style.color), light(back)].sort((x, y) => y - x);
            worst.push((a + 0.05) / (b + 0.05));
        }
        return Math.min(...worst);
    })()"""
    assert page.evaluate(contrast) >= 4.5
