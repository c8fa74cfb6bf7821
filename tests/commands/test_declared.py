"""``panvox accents``: what was declared and no rule knows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.commands.declared import Declared, Suggestions, as_json, count_declared, print_declared
from pipelines.settings import load_settings
from schemas.accents import Accents
from schemas.accents_file import shipped_accents

ENGLISH = shipped_accents("english")


def test_every_readable_record_is_counted_once_with_defaults_and_no_audio(tmp_path: Path) -> None:
    rows = ["Scottish", "scottish", "", "Martian", "Martian", "don't know"]
    table = "".join(f"{number},{number}.wav,hello,s{number},{accent}\n" for number, accent in enumerate(rows))
    (tmp_path / "a.csv").write_text("id,file,text,who,accent\n" + table + "7,7.wav,too short a row\n")
    (tmp_path / "b.csv").write_text("id,file,text,who\nb1,b1.wav,hello,t1\n")
    source = "audio_root: ., columns: {recording_id: id, audio: file, text: text, speaker_id: who"
    (tmp_path / "corpus.yaml").write_text(
        "name: n\naccents: english\nconditions: [{name: clean}]\nsources:\n"
        f"  - {{metadata: a.csv, {source}, accent: accent}}}}\n  - {{metadata: b.csv, {source}}}, defaults: {{accent: Welsh}}}}\n"
    )
    found = count_declared(load_settings(str(tmp_path / "corpus.yaml")))
    assert found.refused == {"malformed_row": 1}
    assert found.counts == Counter(
        {
            ("en-GB-scotland", "Scottish"): 1,
            ("en-GB-scotland", "scottish"): 1,
            ("undeclared", None): 1,
            ("undeclared", "don't know"): 1,
            ("unmapped", "Martian"): 2,
            ("en-GB-x-wales", "Welsh"): 1,
        }
    )


def test_what_people_who_withdrew_declared_is_not_counted_nor_shown(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,file,text,who,accent\n1,1.wav,hello,s1,Scottish\n2,2.wav,hello,s2,from Little Snoring\n")
    (tmp_path / "gone.txt").write_text("s2\n")
    (tmp_path / "corpus.yaml").write_text(
        "name: n\naccents: english\nconditions: [{name: clean}]\npolicy: {withdrawn: gone.txt}\nsources:\n"
        "  - {metadata: a.csv, audio_root: ., "
        "columns: {recording_id: id, audio: file, text: text, speaker_id: who, accent: accent}}\n"
    )
    found = count_declared(load_settings(str(tmp_path / "corpus.yaml")))
    assert found.counts == {("en-GB-scotland", "Scottish"): 1}
    assert found.refused == {"withdrawn": 1}


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("Scotish English", "en-GB-scotland"),
        ("United States English,far Northeast US", "en-US"),
        ("hindi-ish accent", "en-x-l1-hin"),
        ("I grew up in Kenya and moved when I was 9", "en-KE"),
        ("Midwestern States (Michigan),United States English", "en-US-x-midwest"),
        ("austrailian", "en-AU"),
    ],
)
def test_the_best_suggestion_is_what_a_person_would_try_first(declared: str, code: str) -> None:
    assert Suggestions(ENGLISH).of(declared)[0].code == code


def test_suggestions_are_few_each_code_once_and_none_for_what_reads_like_nothing() -> None:
    found = [rule.code for rule in Suggestions(ENGLISH).of("southern english")]
    assert len(found) == len(set(found)) <= 3
    for declared in ("qqqq", "International English", "北京", "!?"):
        assert Suggestions(ENGLISH).of(declared) == []


def printed(found: Declared, accents: Accents, *, everything: bool = False) -> list[str]:
    console = Console(width=100, force_terminal=False, record=True)
    with console.capture() as capture:
        print_declared(console, found, accents, everything=everything)
    return capture.get().splitlines()


COUNTS = Counter({("unmapped", "[red]odd"): 2, ("unmapped", "Glasgow-ish"): 5, ("en-GB", "British"): 3, ("undeclared", None): 1})


def test_the_list_goes_by_count_and_takes_no_markup_from_the_data() -> None:
    lines = printed(Declared(COUNTS), ENGLISH, everything=True)
    assert lines[0] == "11 records: 3 with a known accent, 1 undeclared, 7 unmapped in 2 different texts"
    assert [line.split("→")[0].split(maxsplit=1)[1].strip() for line in lines[1:5]] == [
        "British",
        "(nothing)",
        "Glasgow-ish",
        "[red]odd",
    ]
    assert lines[3].endswith("→  unmapped  like en-GB-scotland-x-glasgow (Glasgow)")
    assert lines[5].startswith("Put words that you know the meaning of under a code of your accents.yaml; panvox guesses none.")


def test_declared_words_stay_in_one_line_and_send_nothing_to_the_terminal() -> None:
    lines = printed(Declared(Counter({("unmapped", "a\n\x1b[31mb\u202e"): 1})), ENGLISH)
    assert lines[1].strip() == "1  a \ufffd[31mb\ufffd  →  unmapped"


def test_what_is_not_counted_is_told_and_so_is_that_nothing_is_left_to_do() -> None:
    counts = Counter({("undeclared", "British"): 2, ("en-IE", "Irish"): 1})
    lines = printed(Declared(counts, Counter(missing_speaker=3), imputed=2), ENGLISH)
    assert lines == [
        "3 records: 1 with a known accent, 2 undeclared, 0 unmapped in 0 different texts",
        "2 are undeclared because their accent was imputed: 'policy: {imputed: mark}' would count it",
        "3 more records are not counted, for they would go to quarantine: 3 missing_speaker",
        "Every accent that is declared has a code.",
    ]


def test_where_nothing_is_declared_it_says_how_to_map_a_column() -> None:
    lines = printed(Declared(Counter({("undeclared", None): 4})), ENGLISH)
    assert lines[-1].startswith("No accent is declared: 'columns: {accent: …}' of a source maps a column")


def test_where_no_record_can_be_accepted_nothing_is_said_of_accents() -> None:
    lines = printed(Declared(refused=Counter(missing_text=4)), ENGLISH)
    assert lines[-1] == "No record can be accepted as it is: 'panvox run' writes to quarantine why."


def test_without_a_taxonomy_the_texts_are_listed_and_one_is_proposed() -> None:
    lines = printed(Declared(Counter({("Home Counties", "Home Counties"): 2, ("undeclared", None): 1})), Accents())
    assert lines[1].split() == ["2", "Home", "Counties", "→", "Home", "Counties"]
    assert len(lines) == 3
    assert lines[2].startswith(
        "There is no taxonomy: each text is a code of its own. 'accents: english' in corpus.yaml brings one"
    )


def test_the_same_as_json() -> None:
    found = as_json(Declared(COUNTS, Counter(missing_speaker=3)), ENGLISH)
    assert {key: found[key] for key in ("records", "undeclared", "unmapped", "imputed", "refused")} == {
        "records": 11,
        "undeclared": 1,
        "unmapped": 7,
        "imputed": 0,
        "refused": {"missing_speaker": 3},
    }
    assert found["texts"][0] == {
        "accent_raw": "Glasgow-ish",
        "accent": "unmapped",
        "records": 5,
        "like": [{"accent": "en-GB-scotland-x-glasgow", "word": "Glasgow"}],
    }
    assert found["texts"][1] == {"accent_raw": "British", "accent": "en-GB", "records": 3}
