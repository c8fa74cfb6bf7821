"""From declared words to codes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accents import RESERVED, UNDECLARED, UNMAPPED, AccentCode, AccentMistake, Accents, Mapped, Rule, normalise

ACCENTS = Accents(
    {
        "en-GB": AccentCode(("British", "England English", "Received Pronunciation, modern"), variety="en-GB", region="GB"),
        "en-IN": AccentCode(("Indian",), first_language="hin", taxonomy="7"),
        "no": AccentCode(("Norsk",)),
    },
    no_answer=("Don't know",),
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
        ("Indian,Received Pronunciation, modern", ("en-IN", "en-GB")),
        ("NORSK", ("no",)),
        ("Indian/British", ("en-IN", "en-GB")),
        ("Indian and  british", ("en-IN", "en-GB")),
        ("Norsk & Indian + British", ("no", "en-IN", "en-GB")),
        ("don't know, Indian", ("en-IN",)),
    ],
)
def test_known_words(declared: str, codes: tuple[str, ...]) -> None:
    found = ACCENTS.map(declared)
    assert (found.accent, found.accent_all) == (codes[0], codes)


@pytest.mark.parametrize("declared", ["Martian", "Indian, Martian", "Indian and proud", "British English", "|", ";,", "Brit"])
def test_nothing_is_guessed(declared: str) -> None:
    assert ACCENTS.map(declared) == Mapped(UNMAPPED)


def test_words_that_count_by_themselves_only() -> None:
    accents = replace(ACCENTS, alone=("Indian",))
    assert accents.map("indian").accent == "en-IN"
    assert accents.map("Indian, British") == accents.map("British and Indian") == Mapped(UNMAPPED)
    assert accents.map("Indian|British").accent_all == ("en-GB",)
    assert {accents.map(each).accent for each in ("Indian;", "Indian, don't know", "Indian|indian")} == {"en-IN"}
    asked = replace(accents, here=(Rule("no", "Indian", "1"),))
    assert asked.map("Indian, British").accent_all == ("no", "en-GB")


@pytest.mark.parametrize("declared", [None, "", "  ", "\t\n"])
def test_undeclared(declared: str | None) -> None:
    assert ACCENTS.map(declared) == Mapped(UNDECLARED)
    assert Accents().map(declared) == Mapped(UNDECLARED)


def test_words_that_say_nothing_are_undeclared() -> None:
    assert ACCENTS.map(" don't KNOW ") == Mapped(UNDECLARED)


def test_the_rule_and_the_axes_stand_beside_the_code() -> None:
    assert ACCENTS.map("british") == Mapped("en-GB", ("en-GB",), "1: British", "en-GB", "GB", None)
    assert ACCENTS.map("INDIAN|British") == Mapped("en-IN", ("en-IN", "en-GB"), "7: Indian", None, None, "hin")


def test_without_a_taxonomy_the_words_are_the_code() -> None:
    assert Accents().map("  Home  Counties ") == Mapped("Home Counties", ("Home Counties",))
    for code in RESERVED:
        assert Accents().map(code) == Mapped(UNMAPPED)


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert normalise("don\u2019t") == normalise("DON'T")
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
        Accents({name: AccentCode(declared) for name, declared in words.items()})
    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_name_is_known_in_the_forms_of_the_taxonomy_and_a_word_is_not() -> None:
    accents = Accents(
        {
            "en-KE": AccentCode(("Kenyan", "Nairobi English"), names=("Kenyan",)),
            "en-ID": AccentCode(("Indonesian English",)),
            "en-x-l1-ind": AccentCode(("Indonesian",), names=("Indonesian",)),
        },
        forms=("{} English", "a slight {} accent"),
    )
    assert accents.map("KENYAN  english")[:3] == ("en-KE", ("en-KE",), "1: Kenyan English")
    assert accents.map("A slight kenyan accent").accent_rule == "1: a slight Kenyan accent"
    assert accents.map("Indonesian English").accent == "en-ID"  # what stands as a word comes before what is formed
    assert accents.map("Kenyan English, a slight Indonesian accent").accent_all == ("en-KE", "en-x-l1-ind")
    for declared in ("Nairobi English English", "English", " English", "a slight  accent"):
        assert accents.map(declared).accent == UNMAPPED


def test_a_word_may_say_something_else_in_the_sources_of_one_layout() -> None:
    codes = {"en-IN": AccentCode(("Indian",), names=("Indian",)), "en-034": AccentCode(("South Asian",))}
    accents = Accents(
        codes, forms=("{} English",), layouts={"common_voice": (Rule("en-034", "indian", "english 1, in common_voice"),)}
    )
    there = accents.in_layout("common_voice")
    assert accents.map("indian").accent == accents.in_layout("vctk").map("indian").accent == "en-IN"
    assert there.map("Indian")[:3] == ("en-034", ("en-034",), "english 1, in common_voice: indian")
    assert there.map("Indian English").accent == "en-IN"  # the word alone says something else
    assert there is accents.in_layout("common_voice")


def test_a_list_of_any_length_is_read() -> None:
    assert ACCENTS.map(",".join(["Indian"] * 20_000)).accent_all == ("en-IN",)
    assert ACCENTS.map(",".join(["Martian"] * 20_000)).accent == UNMAPPED


@given(st.text())
def test_every_answer_is_a_code_or_says_that_there_is_none(declared: str) -> None:
    code, codes, *_ = ACCENTS.map(declared)
    assert set(codes) <= set(ACCENTS.codes)
    assert code == (codes[0] if codes else UNMAPPED if declared.strip() else UNDECLARED)
