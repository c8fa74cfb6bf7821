"""The data card."""

from __future__ import annotations

import dataclasses
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipelines.corpus import Corpus
from pipelines.report.pages.card import code, describe_condition, escape, licence_terms, render_card, ticks, write_card
from pipelines.report.pages.facts import FacetRow, Facts
from tests.report.conftest import HOSTILE_MARKDOWN

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


def flat(tokens: list[Token]) -> list[Token]:
    return [each for token in tokens for each in (token, *flat(token.children or []))]


@pytest.fixture(scope="module")
def card(facts: Facts) -> str:
    return render_card(facts)


def test_sections_and_nothing_smuggled_in(card: str) -> None:
    tokens = flat(MARKDOWN.parse(card))
    headings = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    assert headings == [
        "demo: data card",
        "What it is",
        "Before you use it",
        "Composition",
        "Groups",
        "Where it comes from",
        "Balance and people",
        "How it was made",
        "Known gaps",
        "Licences and consent",
        "Personal information",
        "Uses and maintenance",
        "Questions for the makers",
        "Motivation",
        "Composition",
        "Collection process",
        "Preprocessing and labelling",
        "Uses",
        "Distribution",
        "Maintenance",
    ]
    assert not {token.type for token in tokens} & {"html_block", "html_inline", "link_open", "image", "fence", "code_block"}


def test_every_table_is_whole(card: str) -> None:
    rows = [line for line in card.splitlines() if line.startswith("|")]
    rendered = MARKDOWN.render(card)
    assert rendered.count("<tr>") == sum(not re.fullmatch(r"[|:\-]+", line) for line in rows)
    assert "|--" not in re.sub(r"<[^>]+>", "", rendered)


def test_numbers_are_the_run_s(card: str) -> None:
    assert "17 utterances," in card
    assert "9 distinct speakers, 3 declared accents, 3 acoustic conditions" in card
    assert "| recorded | 11 | 0.00 | 8 |" in card
    assert "| simulated from them | 6 | 0.00 | 5 |" in card
    assert "| accent | `en-US` | 5 | 55.6% | 7 | 5 | 0.00 |" in card
    assert "| gender | `female` | 3 | 33.3% | 6 | 0 | 0.00 |" in card
    assert "| gender | not given | 8 |" in card
    assert "16 records handed in: 9 accepted and 7 put in quarantine" in card
    assert "2 cells miss their target (`plan/gaps.csv`): 1 to collect, 1 to simulate." in card
    assert "Accents without a single row: `en-x-l1-cmn`." in card
    assert "Accents absent from `dev`: `en-GB`, `en-IN`." in card


def test_licences_are_counted_and_mixes_told(card: str) -> None:
    assert "| `CC-BY-SA-3.0` | 1 | 1 | 0.00 | 1 |" in card
    assert "`CC-BY-SA-3.0`, `CC BY-SA 4.0`: by their names, these ask that what is made from them be shared alike" in card
    assert "Do not go together" not in card  # what is adapted under 3.0 may be given on under 4.0


def test_licence_names_are_read_word_by_word() -> None:
    rows = tuple(FacetRow(name, 1, 0, 0.1, 1) for name in ("CC-BY-NC-ND-4.0", "visa", "ANC", None))
    told = licence_terms(rows)
    assert [line.split(":")[0] for line in told] == ["`CC-BY-NC-ND-4.0`", "`CC-BY-NC-ND-4.0`", "1 rows carry no licence."]


def test_conditions_are_described() -> None:
    described = describe_condition(
        {"name": "x", "room": "office", "noise": "babble", "snr_db": [5, 15.5], "handset": "mobile", "match": None}
    )
    assert described == "simulated with room `office`, noise `babble` at 5 to 15.5 dB SNR, handset `mobile`"
    matched = describe_condition({"name": "x", "match": {"snr_db": {"min": 20, "max": None}, "accent": ["a|b", 7]}})
    assert matched == "recorded only; recordings with `snr_db` at least 20 and `accent` one of `a\\|b`, `7` are in it"


def test_questions_are_asked_and_not_answered(card: str, facts: Facts) -> None:
    asked = card[card.index("## Questions") :]
    assert asked.count("?") >= 12
    assert "What only its makers can say of it is asked at the end of card\\.md" not in asked
    assert "11 recorded rows give no consent" in asked
    answered = dataclasses.replace(facts, facets={})
    assert "give no consent" not in render_card(answered)


def test_it_is_written_where_it_belongs(corpus: Corpus, facts: Facts, card: str) -> None:
    write_card(corpus, facts)
    with open(corpus.path("card.md"), encoding="utf-8") as file:
        assert file.read() == card


@given(st.text(min_size=1).filter(str.strip))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    shown = " ".join(text.split())
    for shape, written in (("text", f"x {escape(text)} x"), ("code_inline", f"x {code(text)} x")):
        (paragraph,) = [token for token in MARKDOWN.parse(written) if token.type == "inline"]
        parts = [token.content for token in paragraph.children or [] if token.type in (shape, "text", "text_special")]
        assert "".join(parts) == f"x {shown} x".replace("\0", "\ufffd")


def test_hostile_values_end_neither_cell_nor_line() -> None:
    rendered = MARKDOWN.render(f"| a | b |\n|---|---|\n| {escape(HOSTILE_MARKDOWN)} | {code('x')} |\n")
    assert rendered.count("<tr>") == 2
    assert rendered.count("<td>") == 2
    assert "<b>" not in rendered
    assert "<a " not in rendered


def test_backticks_in_explanations_are_code_where_they_come_in_pairs() -> None:
    assert ticks("longer than `accept.duration_s` allows | <b>") == "longer than `accept.duration_s` allows \\| \\<b\\>"
    assert ticks("a lone ` tick") == "a lone \\` tick"
