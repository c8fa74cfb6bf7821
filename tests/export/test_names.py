"""Ids as names."""

from __future__ import annotations

import quopri
import re

from hypothesis import given
from hypothesis import strategies as st

from pipelines.export.kaldi import speaker_key, utterance_key
from pipelines.export.names import LONGEST, escape
from pipelines.export.nemo import key_of
from tests.export.corpora import SPEAKERS, STRANGE_IDS

IDS = st.one_of(st.sampled_from(STRANGE_IDS), st.text(min_size=1, max_size=12), st.text("a=2D-sub1.+~ ", min_size=1, max_size=9))


@given(IDS, IDS)
def test_no_two_ids_share_a_name(one: str, other: str) -> None:
    for name in (escape, key_of, lambda text: escape(text, keep=".")):
        assert (name(one) == name(other)) == (one == other)


@given(IDS)
def test_a_name_is_plain_and_tells_its_id(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_~=.-]+", escape(text, keep="."))
    for name in (escape(text), key_of(text)):
        assert re.fullmatch(r"[A-Za-z0-9_~=-]+", name)
        if "=~" not in name:
            assert quopri.decodestring(name.encode()).decode() == text


def test_a_plain_id_stays_as_it_is() -> None:
    assert escape("smp-0001~office_2") == "smp-0001~office_2"
    assert escape("a.b c/ü") == "a=2Eb=20c=2F=C3=BC"
    assert escape("a.b", keep=".") == "a.b"


def test_no_name_is_that_of_a_hidden_or_unfinished_file() -> None:
    assert escape(".tmp-a", keep=".") == "=2Etmp-a"


@given(st.text(min_size=150, max_size=400), st.text(min_size=150, max_size=400))
def test_a_long_id_is_cut_and_still_told_apart(one: str, other: str) -> None:
    assert len(escape(one)) <= LONGEST
    assert (escape("x" * 150 + one) == escape("x" * 150 + other)) == (one == other)


@given(IDS)
def test_nemo_sees_no_segment_where_there_is_none(text: str) -> None:
    assert not re.search(r"-sub\d+$", key_of(text))


@given(st.lists(st.tuples(st.one_of(st.sampled_from(SPEAKERS), st.text("ab-+. ~=é", min_size=1, max_size=4)), IDS), max_size=12))
def test_sorting_utterances_sorts_their_speakers(pairs: list[tuple[str, str]]) -> None:
    keys = sorted((utterance_key(speaker, each).encode(), speaker_key(speaker).encode()) for speaker, each in pairs)
    assert keys == sorted(keys, key=lambda pair: (pair[1], pair[0]))
