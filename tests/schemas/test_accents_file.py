"""``accents.yaml``, its mistakes, and the taxonomy that panvox brings."""

from __future__ import annotations

import re

import pytest

from pipelines.ingest.layouts import coraal, layouts, openslr_83, timit
from schemas.accents import UNDECLARED, UNMAPPED, AccentCode, Accents, normalise
from schemas.accents_file import parse_accents, shipped_accents
from schemas.config_file import read_yaml
from schemas.errors import ConfigError
from tests.schemas import corpus_words

ENGLISH = shipped_accents("english")


def accents(text: str) -> Accents:
    return parse_accents(read_yaml("accents.yaml", lambda location: text.encode()))


def test_accents() -> None:
    found = accents("version: 3\naccents:\n  en-GB: [British, England English]\n  no: Norsk\n  cy:\n")
    assert found == Accents(
        {
            "en-GB": AccentCode(("British", "England English"), variety="en-GB", region="GB", taxonomy="3"),
            "no": AccentCode(("Norsk",), variety="no", taxonomy="3"),
            "cy": AccentCode((), variety="cy", taxonomy="3"),
        },
        ("en-GB", "no", "cy"),
    )


def test_axes_and_words_that_say_nothing() -> None:
    found = accents(
        "no_answer: [secret]\naccents:\n"
        "  highland: {words: [Highland English], variety: en-GB-scotland, region: GB-HLD, first_language: gla}\n"
    )
    assert found.codes == {"highland": AccentCode(("Highland English",), "en-GB-scotland", "GB-HLD", "gla")}
    assert found.no_answer == ("secret",)


def test_words_that_count_by_themselves_only_give_way_to_the_users_own() -> None:
    assert accents("alone: [Norsk]\naccents: {no: [Norsk], se: [Svensk]}\n").map("Norsk, Svensk").accent == UNMAPPED
    own = accents("include: english\naccents: {mine: [English]}\n")
    assert own.map("English, Hindi").accent_all == ("mine", "en-x-l1-hin")


def test_included_words_give_way_to_the_users_own() -> None:
    found = accents(
        "include: english\nversion: 4\naccents:\n"
        '  en-IN: ["India and South Asia (India, Pakistan, Sri Lanka)"]\n  hills: [Cockney]\n'
    )
    assert found.wanted == ("en-IN", "hills")
    assert found.map("India and South Asia (India, Pakistan, Sri Lanka)").accent_rule == (
        "4: India and South Asia (India, Pakistan, Sri Lanka)"
    )
    assert found.map("indian").accent == "en-IN"
    assert found.map("indian").accent_region == "IN"
    assert found.map("cockney").accent == "hills"
    assert found.map("Scottish English") == shipped_accents("english").map("Scottish English")
    assert found.map("don't know").accent == UNDECLARED


def test_what_a_tag_says_of_the_other_axes_need_not_be_repeated() -> None:
    found = accents(
        "accents:\n  en-GB-scotland: [a]\n  en-x-l1-hin: [b]\n  en-034: [c]\n  en-US-x-nyc: {region: US-NY}\n"
        "  hills: {variety: zh-Hans-CN}\n  en-x-us: [d]\n  en-x-l1: [e]\n  en-x-l1-hindi: [f]\n"
    )
    axes = {code: (entry.region, entry.first_language) for code, entry in found.codes.items()}
    assert axes == {
        "en-GB-scotland": ("GB", None),
        "en-x-l1-hin": (None, "hin"),
        "en-034": (None, None),
        "en-US-x-nyc": ("US-NY", None),
        "hills": ("CN", None),
        **dict.fromkeys(("en-x-us", "en-x-l1", "en-x-l1-hindi"), (None, None)),
    }


def test_names_and_forms_of_the_users_own() -> None:
    found = accents(
        "version: 2\nforms: ['{} sort']\naccents:\n  hill: {names: [Hilly], words: [mountain]}\n  b: [Hilly sort of]\n"
    )
    assert found.map("hilly SORT").accent_rule == "2: Hilly sort"
    assert found.map("hilly").accent == found.map("mountain").accent == "hill"
    assert found.map("mountain sort").accent == UNMAPPED


def test_a_code_under_a_code_of_the_users_brings_its_words_along() -> None:
    found = accents("include: english\nversion: 4\naccents:\n  en-IN: [en-034, en-PK]\n")
    for declared in ("India and South Asia (India, Pakistan, Sri Lanka)", "Pakistani accent", "en-PK", "Indian English"):
        assert (found.map(declared).accent, found.map(declared).accent_region) == ("en-IN", "IN")
    assert found.in_layout("common_voice").map("indian").accent == "en-IN"
    assert found.map("Pakistani").accent_rule == "english 1: Pakistani"  # the word is the included taxonomy's still
    assert "en-PK" not in found.codes


def test_what_the_user_says_of_a_word_holds_in_every_layout() -> None:
    found = accents("include: english\naccents:\n  south: [indian]\nlayouts:\n  vctk: {Indian: en-IN}\n")
    assert found.map("Indian").accent == found.in_layout("common_voice").map("indian").accent == "south"
    assert found.map("Indian English").accent == "south"  # which the included taxonomy knows as a form of the name
    assert found.in_layout("vctk").map("Indian")[:3] == ("en-IN", ("en-IN",), "1, in vctk: Indian")
    assert found.in_layout("common_voice").map("african").accent == "en-018"


def test_a_word_of_the_users_says_something_though_the_included_taxonomy_has_it_for_none() -> None:
    found = accents("include: english\naccents:\n  elsewhere: [other]\n")
    assert found.map("Other").accent == "elsewhere"
    assert found.map("unknown").accent == UNDECLARED
    silent = accents("include: english\nno_answer: [British]\n")
    assert silent.map("British").accent == UNDECLARED


def test_what_the_user_says_of_a_word_in_a_layout_comes_before_what_is_included() -> None:
    found = accents("include: english\nlayouts:\n  common_voice: {Indian: en-IN}\n").in_layout("common_voice")
    assert found.map("indian")[:3] == ("en-IN", ("en-IN",), "1, in common_voice: Indian")
    assert found.map("african").accent == "en-018"


def test_common_voices_short_names_say_what_its_sentences_do() -> None:
    there = ENGLISH.in_layout("common_voice")
    for code, sentence in corpus_words.COMMON_VOICE.items():
        assert there.map(code).accent == there.map(sentence).accent == ENGLISH.map(sentence).accent
    assert there.map("other").accent == UNDECLARED
    assert there.map("India and South Asia (India, Pakistan, Sri Lanka)").accent_region is None


@pytest.mark.parametrize(
    ("layout", "words", "unmapped"),
    [
        ("common_voice", [*corpus_words.COMMON_VOICE, *corpus_words.COMMON_VOICE.values()], []),
        ("vctk", corpus_words.VCTK[:-1], []),
        ("l2_arctic", corpus_words.L2_ARCTIC, []),
        ("timit", [*timit.REGIONS.values(), *(f"dr{number}" for number in range(1, 9))], []),
        ("coraal", [coraal.VARIETY, "African American English"], []),
        ("openslr_83", list(openslr_83.ACCENTS.values()), []),
        (
            "edacc",
            corpus_words.EDACC,
            [
                *("International", "Trans-Atlantic", "Mostly West Coast American with some Australian Intonation"),
                *("Generic middle class white person", "Chinese accent or mixed accent(US, UK, China..) perhaps", "NA"),
                *("Neutral", "Neutral accent", "Neutral English, Italian", "Fluent"),
                *("italian mixed with American and British English", "Italian mixed with American accent"),
            ],
        ),
        (
            "afrispeech_200",
            corpus_words.AFRISPEECH_200,
            [
                *("damara", "ekene", "oklo", "delta", "bassa", "etche", "kubi", "idah", "yala mbembe", "ebiobo", "bagi"),
            ],
        ),
        (
            "speech_accent_archive",
            corpus_words.SPEECH_ACCENT_ARCHIVE,
            [
                *("aramaic", "bassa", "chaam", "creole", "creole french", "crioulo", "gaelic", "gamugna", "home sign", "kiambu"),
                *("lamotrekese", "manual communication", "min", "mina", "nagi", "nama", "pahari", "patois", "pidgin"),
                *("pidgin english", "sign language", "synthesized", "ulster scots", "wali"),
            ],
        ),
    ],
)
def test_the_shipped_taxonomy_knows_the_words_of_corpora(layout: str, words: list[str], unmapped: list[str]) -> None:
    found = {word: ENGLISH.in_layout(layout).map(word) for word in words}
    assert {word for word, mapped in found.items() if not mapped.accent_all} == set(unmapped)
    assert layout in layouts()
    for word, mapped in found.items():
        if len(mapped.accent_all) == 1:
            assert mapped.accent_variety == mapped.accent
            assert mapped.accent_rule is not None
            assert re.match(rf"english 1(, in {layout})?: ", mapped.accent_rule)
            assert normalise(mapped.accent_rule.partition(": ")[2]) in normalise(word)


def test_the_shipped_taxonomy_knows_most_of_what_people_write_themselves() -> None:
    unmapped = [word for word in corpus_words.COMMON_VOICE_FREE if ENGLISH.map(word).accent == UNMAPPED]
    assert unmapped == [
        "East African Khoja",
        "A variety of Texan English with some German influence that has undergone the cot-caught merger",
        *("Caribbean Canadian", "East Indian", "England,london,academic", "Fluent,E SL,European"),
        *("International English,United States English,Australian English", "Latin English"),
        *("Mid-Atlantic,England English,United States English", "Midatlantic,England English"),
        "England, southern accent, slight west-country expression",
    ]


@pytest.mark.parametrize(
    ("layout", "declared", "codes"),
    [
        ("common_voice", "German English,Non native speaker", ("en-x-l1-deu", "en-x-l2")),
        ("common_voice", "United States English|wolof", ("en-US", "en-x-l1-wol")),
        ("common_voice", "Indian English", ("en-IN",)),
        ("vctk", "Indian", ("en-IN",)),
        ("edacc", "African accent", ("en-002",)),
        ("edacc", "Pakistani/American", ("en-PK", "en-US")),
        ("afrispeech_200", "luganda and kiswahili", ("en-x-l1-lug", "en-x-l1-swa")),
        ("afrispeech_200", "swahili ,luganda ,arabic", ("en-x-l1-swa", "en-x-l1-lug", "en-x-l1-ara")),
        ("afrispeech_200", "ijaw", ("en-x-ijaw",)),
        ("afrispeech_200", "english", ("en-x-l1-eng",)),
        ("speech_accent_archive", "english (usa)", ("en-US",)),
        ("speech_accent_archive", "english (uk)", ("en-GB",)),
        ("speech_accent_archive", "english (trinidad)", ("en-TT",)),
        ("speech_accent_archive", "english", ("en-x-l1-eng",)),
        ("speech_accent_archive", "irish", ("en-x-l1-gle",)),
        ("speech_accent_archive", "azerbaijani", ("en-x-l1-aze",)),
        ("speech_accent_archive", "azerbaijani, south", ("en-x-l1-azb",)),
        ("fair_speech", "English", ("en-x-l1-eng",)),
        ("fair_speech", "English,Spanish", ("en-x-l1-eng", "en-x-l1-spa")),
        ("table", "English", ("en-GB-x-england",)),
        ("table", "English, Hindi", ()),
        ("table", "English and Spanish", ()),
        ("table", "English|Spanish", ("en-x-l1-spa",)),
        ("table", "Serbia", ("en-RS",)),
        ("table", "US-English", ("en-US",)),
        ("table", "Lebanese Arabic", ("en-x-l1-apc",)),
        ("table", "Chinese", ("en-x-l1-zho",)),
        ("table", "Irish", ("en-IE",)),
        ("table", "British", ("en-GB",)),
    ],
)
def test_what_a_word_says_in_a_corpus(layout: str, declared: str, codes: tuple[str, ...]) -> None:
    assert ENGLISH.in_layout(layout).map(declared).accent_all == codes


def test_the_shipped_taxonomy_is_made_of_well_formed_tags() -> None:
    for code, entry in ENGLISH.codes.items():
        assert entry.variety == code
        assert all(len(subtag) <= 8 for subtag in code.split("-"))
        assert (entry.first_language is not None) == ("-x-l1-" in code)
        country = re.match(r"en-([A-Z]{2})(?![^-])", code)
        assert (entry.region or "")[:2] == (country[1] if country else "")
        assert len({normalise(word) for word in entry.words}) == len(entry.words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 1\n", "accents.yaml:1: accents: expected a mapping of codes to lists of declared words"),
        ("version: 1\naccents: [a]\n", "accents.yaml:2: accents: expected a mapping of codes to lists of declared words"),
        ("version: one\naccents: {a: [b]}\n", 'accents.yaml:1: version: expected a whole number, found "one"'),
        ("accents:\n  a: [b]\n  c: {word: e}\n", "accents.yaml:3: accents.c.word: unknown key; did you mean 'words'?"),
        ("accents:\n  a: [b]\n  c: 4\n", "accents.yaml:3: accents.c: expected a list of declared words, found 4"),
        (
            "accents:\n  a: {region: Scotland}\n",
            (
                "accents.yaml:2: accents.a.region: expected an ISO 3166-2 code such as GB-SCT, or a country's of two letters, "
                'found "Scotland"'
            ),
        ),
        (
            "accents:\n  a:\n    first_language: hi\n",
            'accents.yaml:3: accents.a.first_language: expected an ISO 639-3 code of three letters such as hin, found "hi"',
        ),
        (
            "include: klingon\n",
            'accents.yaml:1: include: expected the name of a taxonomy that panvox brings (english), found "klingon"',
        ),
        (
            "accents:\n  a: [b, 3]\n",
            "accents.yaml:2: accents.a: expected a list of declared words, found 3 in it; put it in quotes",
        ),
        ("accents:\n  a: [b]\n  1: [c]\n", "accents.yaml:3: accents[1]: expected text for a code, found 1; put it in quotes"),
        ("accents:\n  a: [b]\n  c: [B]\n", "accents.yaml:3: accents.c: 'B' also stands under 'a'"),
        ("accents:\n  undeclared: [b]\n", "accents.yaml:2: accents.undeclared: this code is reserved"),
        ("acents:\n  a: [b]\n", "accents.yaml:1: acents: unknown key; did you mean 'accents'?"),
        (
            "accents:\n  a:\n    names: [1]\n",
            "accents.yaml:3: accents.a.names: expected a list of declared words, found 1 in it; put it in quotes",
        ),
        (
            "accents:\n  a:\n    words: {b: c}\n",
            'accents.yaml:3: accents.a.words: expected a list of declared words, found {"b": "c"}',
        ),
        ("forms: [English]\naccents: {a: [b]}\n", 'accents.yaml:1: forms: expected {} once, where a name goes, found "English"'),
        (
            "accents: {a: [b]}\nlayouts:\n  vctk: [b]\n",
            'accents.yaml:3: layouts.vctk: expected a mapping of words to codes, found ["b"]',
        ),
        (
            "accents: {en-IN: [b]}\nlayouts:\n  vctk:\n    Indian: en-IM\n",
            "accents.yaml:4: layouts.vctk.Indian: there is no accent \"en-IM\"; did you mean 'en-IN'?",
        ),
    ],
)
def test_mistakes_in_accents(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        accents(text)
    assert str(caught.value) == expected
