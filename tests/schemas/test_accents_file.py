"""``accents.yaml``, its mistakes, and the taxonomy that panvox brings."""

from __future__ import annotations

import pytest

from schemas.accents import UNDECLARED, UNMAPPED, AccentCode, Accents, normalise
from schemas.accents_file import parse_accents, shipped_accents
from schemas.config_file import read_yaml
from schemas.errors import ConfigError


def accents(text: str) -> Accents:
    return parse_accents(read_yaml("accents.yaml", lambda location: text.encode()))


def test_accents() -> None:
    found = accents("version: 3\naccents:\n  en-GB: [British, England English]\n  no: Norsk\n  cy:\n")
    assert found == Accents(
        {
            "en-GB": AccentCode(("British", "England English"), variety="en-GB", taxonomy="3"),
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


@pytest.mark.parametrize(
    "declared",
    [
        # Common Voice's list as sentences, and the short names of its first releases
        *("United States English", "England English", "India and South Asia (India, Pakistan, Sri Lanka)", "Canadian English"),
        *("Australian English", "Irish English", "Scottish English", "Filipino", "Hong Kong English", "Malaysian English"),
        *("Singaporean English", "Southern African (South Africa, Zimbabwe, Namibia)", "Welsh English", "New Zealand English"),
        *("West Indies and Bermuda (Bahamas, Bermuda, Jamaica, Trinidad)", "Northern Irish", "us", "england", "indian"),
        *("australia", "canada", "scotland", "african", "newzealand", "ireland", "philippines", "wales", "bermuda", "malaysia"),
        *("singapore", "hongkong", "southatlandtic"),
        # VCTK
        *("English", "Scottish", "NorthernIrish", "Irish", "Indian", "Welsh", "American", "Canadian", "SouthAfrican"),
        *("Australian", "NewZealand", "British", "Australian English", "NewZealand English"),
        # L2-ARCTIC
        *("Hindi", "Korean", "Mandarin", "Spanish", "Arabic", "Vietnamese"),
        # EdAcc
        *("Italian", "Brazilian", "Mainstream US English", "German", "Egyptian", "Southern British English", "Jamaican English"),
        *("Catalan", "Latin", "Indian English", "Indonesian English", "European", "South African English", "Latin American"),
        *("Chinese", "Eastern European", "Bulgarian", "French", "Japanese", "Dutch", "Nigerian English", "Kenyan English"),
        *("Romanian", "Lithuanian", "Polish", "Ghanain English", "American accent", "Standard American", "South London"),
        *("Glaswegian", "Latín American", "Mexican", "Irish/ Dublin", "East-European", "Brazilian accent", "Asian"),
        # The Speech Accent Archive
        *("english (usa)", "english (jamaica)", "english (isle of man)", "belarusan", "papiamentu", "sa'a", "xasonga", "wu"),
        # CORAAL, and TIMIT's regions by name and by number
        *("African American Language", "African American English", "New England", "Northern US", "North Midland"),
        *("South Midland", "Southern US", "New York City", "Western US", "Army Brat", *(f"dr{number}" for number in range(1, 9))),
        # AfriSpeech-200's languages of two hundred clips and more
        *("yoruba", "igbo", "swahili", "hausa", "ijaw", "afrikaans", "idoma", "zulu", "setswana", "twi", "isizulu", "igala"),
        *("izon", "kiswahili", "ebira", "luganda", "urhobo", "nembe", "ibibio", "pidgin", "luhya", "kinyarwanda", "xhosa"),
        *("tswana", "esan", "alago", "tshivenda", "fulani", "isoko", "akan (fante)", "ikwere", "sepedi", "efik", "edo", "luo"),
        *("kikuyu", "bekwarra", "isixhosa", "epie"),
    ],
)
def test_the_shipped_taxonomy_knows_the_words_of_corpora(declared: str) -> None:
    found = shipped_accents("english").map(declared)
    assert found.accent not in (UNMAPPED, UNDECLARED)
    assert found.accent_variety == found.accent
    assert found.accent_rule is not None
    assert normalise(found.accent_rule.removeprefix("english 1: ")) == normalise(declared)


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
    ],
)
def test_mistakes_in_accents(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        accents(text)
    assert str(caught.value) == expected
