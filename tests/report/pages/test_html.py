"""The report as a document; test_browser opens it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from pipelines.report.pages.facts import Facts, caveats
from pipelines.report.pages.html import CHART_HEIGHT, CHART_WIDTH, chart, render_report
from pipelines.report.pages.records import histogram
from tests.report.conftest import HOSTILE

INLINE = {"span", "strong", "em", "code", "wbr"}
VOID = {"meta", "link", "br", "input", "wbr", "hr", "img"}


class Document(HTMLParser):
    """Every element with its attributes, the scripts, the visible text, and elements left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")
        if tag not in INLINE:
            self.text += " "
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.scripts[-1] += data
        elif self._open and self._open[-1] != "style":
            self.text += data


@pytest.fixture(scope="module")
def text(facts: Facts) -> str:
    return render_report(facts)


@pytest.fixture(scope="module")
def page(text: str) -> Document:
    return Document(text)


def test_nothing_is_fetched_from_anywhere(page: Document, text: str) -> None:
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "data", "action", "poster", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_only_the_page_s_own_script_and_style_may_run(page: Document, text: str) -> None:
    policy = next(
        attributes["content"] for tag, attributes in page.elements if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "unsafe" not in policy
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    for directive, source in (("script-src", page.scripts[1]), ("style-src", style[1])):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    for _, attributes in page.elements:
        assert not any(name == "style" or name.startswith("on") for name in attributes)


def test_hostile_text_stays_text(page: Document, text: str) -> None:
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert not any(tag == "img" for tag, _ in page.elements)
    assert HOSTILE not in text
    data = json.loads(page.scripts[0])
    texts = [clip["text"] for clips in data["clips"].values() for clip in clips]
    assert HOSTILE in texts
    assert HOSTILE in page.text


def test_headline_numbers_and_ledger(page: Document) -> None:
    words = " ".join(page.text.split())
    assert "Rows written 17 11 recorded + 6 simulated" in words
    assert "Distinct speakers 9 1 of them synthetic voices, not people" in words
    assert "Records read 16 9 accepted + 7 quarantined" in words
    assert "Cells 12 accent × condition: 7 empty, 2 of one speaker" in words
    assert "Targets not met 2 1 to collect, 1 to simulate" in words
    assert "16 = 9 + 7 balances" in words
    assert "17 = 17 balances" in words


def test_a_ledger_that_does_not_balance_says_so(facts: Facts) -> None:
    ledger = dataclasses.replace(facts.ledger, planned=18, read=None)
    words = " ".join(Document(render_report(dataclasses.replace(facts, ledger=ledger))).text.split())
    assert "18 = 17 does not balance" in words
    assert "? = 9 + 7 not recorded" in words


def test_every_view_holds_every_cell(page: Document) -> None:
    data = json.loads(page.scripts[0])
    assert set(data["views"]) == {f"{m}|{s}" for m in ("utterances", "hours", "speakers") for s in ("*", "train", "dev", "test")}
    view = data["views"]["speakers|*"]
    assert data["accents"] == ["en-US", "en-GB", "en-IN", "en-x-l1-cmn", "undeclared", "all"]
    assert data["conditions"] == ["clean", "street_10db", "mobile_call", "unassigned", "all"]
    assert view["target"] == "2 speakers"
    assert view["rows"][0] == [
        ["3", "", "s5"],
        ["1", "+4", "s5"],
        ["0", "", "s0"],
        ["0", "", "untargeted"],
        ["4", "+1", "margin"],
    ]
    assert view["rows"][1][2] == ["", "+1", "s3 one"]
    assert view["rows"][-1][-1] == ["8", "+1", "margin"]
    assert data["views"]["hours|*"]["target"] is None
    assert data["views"]["hours|*"]["rows"][2][0] == ["0.0025", "", "f4"]


def test_quarantine_gaps_validation_and_absent_accents_are_told(page: Document) -> None:
    words = " ".join(page.text.split())
    assert "4 missing_speaker no speaker" in words
    assert "missing_speaker 3" in words
    assert "missing_speaker 4" not in words
    assert "en-IN clean 1 / 4 lacks 3 1 simulate raise max_uses_per_recording" in words
    assert "recordings: passed with warnings" in words
    assert "quiet_rooms · expect_column_values_to_be_between column snr_db, min_value 15 warning 1 of 4 rows" in words
    assert "dev 2 en-GB, en-IN" in words
    assert "noise 'street' has 1 file(s) for 3 splits" in words
    assert "panvox 0.1.0" in words


def test_caveats_name_what_numbers_do_not_say(facts: Facts) -> None:
    told = " ".join(caveats(facts))
    assert "Synthetic voices, as declared: 1 of 9 speakers." in told
    assert "Professional speakers, as declared: 1 of 9 speakers, 0.00 of 0.00 hours. Their reading does not" in told
    assert "SNR under 5 dB: 1 simulated row." in told
    assert "Lombard" in told


def test_clips_left_out_are_told(facts: Facts) -> None:
    page = Document(render_report(dataclasses.replace(facts, clips_left_out=1234)))
    assert "1,234 further cells have rows but no clip" in page.text


def test_optional_parts_may_be_absent(facts: Facts) -> None:
    bare = dataclasses.replace(
        facts, quarantine=(), histograms=(), clips=(), validation=(), absent_accents={}, notes=(), versions={}
    )
    words = Document(render_report(bare)).text
    assert "No record was refused." in words
    assert "No suite was run." in words
    assert "Accents absent" not in words


def test_the_same_facts_give_the_same_page(facts: Facts, text: str) -> None:
    assert render_report(facts) == text


def test_bars_are_as_high_as_their_counts() -> None:
    laid_out = chart(histogram("", "dB", [(0, 10), (1, 5), (9, 1)]))
    assert [bar[:4] for bar in laid_out.bars] == [(0, 0, 48, CHART_HEIGHT), (48, 75, 48, 75), (432, 135, 48, 15)]
    assert laid_out.bars[1][4] == "1 to 2 dB: 5"
    assert laid_out.ticks[-1] == (CHART_WIDTH, "10")
    assert "16 values; median about 0.5 dB" in laid_out.summary


def test_backticks_in_explanations_are_code(facts: Facts) -> None:
    rule = dataclasses.replace(facts.quarantine[0], doc="under `accept.<b>` now")
    assert "under <code>accept.&lt;b&gt;</code> now" in render_report(dataclasses.replace(facts, quarantine=(rule,)))
