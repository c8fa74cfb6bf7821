"""Pseudonyms are the HMAC that they say they are, know themselves, and never give their key away."""

from __future__ import annotations

import hashlib
import hmac
import pickle
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.people.pseudonyms import Pseudonyms, open_pseudonyms
from schemas.errors import ConfigError
from schemas.pseudonyms import PseudonymsConfig

KEY = "0123456789abcdef" * 4
OURS, THEIRS = Pseudonyms(KEY.encode()), Pseudonyms(b"f" * 64)


@given(st.text(st.characters(codec="utf-8")))
def test_a_pseudonym_is_an_hmac_and_its_own(speaker: str) -> None:
    hidden = OURS.of(speaker)
    assert (
        hidden[4:36]
        == hmac.new(KEY.encode(), f"speaker: {unicodedata.normalize('NFC', speaker)}".encode(), hashlib.sha256).hexdigest()[:32]
    )
    assert OURS.of(hidden) == hidden
    assert OURS.made(hidden)
    assert not OURS.made(speaker)
    assert not THEIRS.made(hidden)
    assert THEIRS.of(speaker) != hidden


def test_the_key_is_not_written() -> None:
    assert KEY not in repr(OURS)
    with pytest.raises(TypeError, match="not to be written"):
        pickle.dumps(OURS)
    assert OURS.fingerprint != THEIRS.fingerprint


@pytest.mark.parametrize(
    ("key", "told"),
    [(None, "PANVOX_TEST_KEY is not set"), (" \n", "is not set"), ("short", "holds a key of 5 bytes, expected 32 or more")],
)
def test_a_key_that_is_not_there_or_too_short(monkeypatch: pytest.MonkeyPatch, key: str | None, told: str) -> None:
    monkeypatch.delenv("PANVOX_TEST_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("PANVOX_TEST_KEY", key)
    with pytest.raises(ConfigError, match=told):
        open_pseudonyms(PseudonymsConfig(key_env="PANVOX_TEST_KEY"), "/")


def test_a_file_and_a_variable_hold_the_same_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("PANVOX_TEST_KEY", KEY)
    in_file = open_pseudonyms(PseudonymsConfig(key_file="key"), str(tmp_path))
    assert in_file == open_pseudonyms(PseudonymsConfig(key_env="PANVOX_TEST_KEY"), "/") == OURS
    with pytest.raises(ConfigError, match="holds another key here"):
        open_pseudonyms(PseudonymsConfig(key_file="key"), str(tmp_path), THEIRS.fingerprint)
