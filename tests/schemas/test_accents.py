"""From declared words to codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accents import RESERVED, UNDECLARED, UNMAPPED, AccentMistake, Accents, normalise

ACCENTS = Accents(
    1, {"en-GB": ("British", "England English", "Received Pronunciation, modern"), "en-IN": ("Indian",), "no": ("Norsk",)}
)


@pytest.mark.parametrize(
    ("declared", "codes"),
    [
        ("British", ("en-GB",)),
        ("  england   ENGLISH ", ("en-GB",)),
        ("en-gb", ("en-GB",)),
        ("British|Indian", ("en-GB", "en-IN")),
        ("Indian; British ;Indian", ("en-IN", "en-GB")),
        ("Martian|Indian", ("en-IN",)),
        ("Indian, British", ("en-IN", "en-GB")),
        ("received pronunciation, modern", ("en-GB",)),
        ("NORSK", ("no",)),
    ],
)
def test_known_words(declared: str, codes: tuple[str, ...]) -> None:
    assert ACCENTS.map(declared) == (codes[0], codes)


@pytest.mark.parametrize("declared", ["Martian", "Indian, Martian", "British English", "|", ";,", "Brit"])
def test_nothing_is_guessed(declared: str) -> None:
    assert ACCENTS.map(declared) == (UNMAPPED, ())


@pytest.mark.parametrize("declared", [None, "", "  ", "\t\n"])
def test_undeclared(declared: str | None) -> None:
    assert ACCENTS.map(declared) == (UNDECLARED, ())
    assert Accents().map(declared) == (UNDECLARED, ())


def test_without_a_taxonomy_the_words_are_the_code() -> None:
    assert Accents().map("  Home  Counties ") == ("Home Counties", ("Home Counties",))
    for code in RESERVED:
        assert Accents().map(code) == (UNMAPPED, ())


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert normalise("Espan\u0303ol") == normalise("ESPAÑOL")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ({"a": ("x",), "b": ("X",)}, "b", "'X' also stands under 'a'"),
        ({"a": ("B",), "b": ()}, "b", "'b' also stands under 'a'"),
        ({"unmapped": ()}, "unmapped", "this code is reserved"),
        ({"*": ()}, "*", "this code is reserved"),
        ({"a": (" ",)}, "a", "an empty text is no declared word"),
        ({"": ()}, "", "an empty text is no declared word"),
    ],
)
def test_mistakes(words: dict[str, tuple[str, ...]], code: str, message: str) -> None:
    with pytest.raises(AccentMistake) as caught:
        Accents(1, words)
    assert (caught.value.code, caught.value.message) == (code, message)


@given(st.text())
def test_every_answer_is_a_code_or_says_that_there_is_none(declared: str) -> None:
    code, codes = ACCENTS.map(declared)
    assert set(codes) <= set(ACCENTS.codes)
    assert code == (codes[0] if codes else UNMAPPED if declared.strip() else UNDECLARED)
