"""``panvox accents``: what was declared and no rule knows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.commands.declared import count_declared, print_declared, suggest_codes
from pipelines.settings import load_settings
from schemas.accents_file import shipped_accents

ENGLISH = shipped_accents("english")


def test_every_readable_record_is_counted_once_with_defaults_and_no_audio(tmp_path: Path) -> None:
    rows = ["Scottish", "scottish", "", "Dundonian", "Dundonian", "don't know"]
    table = "".join(f"{number},{number}.wav,hello,s{number},{accent}\n" for number, accent in enumerate(rows))
    (tmp_path / "a.csv").write_text("id,file,text,who,accent\n" + table + "7,7.wav,too short a row\n")
    (tmp_path / "b.csv").write_text("id,file,text,who\nb1,b1.wav,hello,t1\n")
    source = "audio_root: ., columns: {recording_id: id, audio: file, text: text, speaker_id: who"
    (tmp_path / "corpus.yaml").write_text(
        "name: n\naccents: english\nconditions: [{name: clean}]\nsources:\n"
        f"  - {{metadata: a.csv, {source}, accent: accent}}}}\n  - {{metadata: b.csv, {source}}}, defaults: {{accent: Welsh}}}}\n"
    )
    assert count_declared(load_settings(str(tmp_path / "corpus.yaml"))) == Counter(
        {
            ("en-GB-scotland", "Scottish"): 1,
            ("en-GB-scotland", "scottish"): 1,
            ("undeclared", None): 1,
            ("undeclared", "don't know"): 1,
            ("unmapped", "Dundonian"): 2,
            ("en-GB-x-wales", "Welsh"): 1,
        }
    )


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("Scotish English", "en-GB-scotland"),
        ("United States English,Northeast US", "en-US"),
        ("hindi accented", "en-x-l1-hin"),
        ("Nigeria English", "en-NG"),
    ],
)
def test_the_best_suggestion_is_what_a_person_would_try_first(declared: str, code: str) -> None:
    assert next(suggest_codes(declared, ENGLISH))[0] == code


def test_suggestions_are_few_each_code_once_and_none_for_what_reads_like_nothing() -> None:
    found = [code for code, _ in suggest_codes("southern english", ENGLISH)]
    assert len(found) == len(set(found)) <= 3
    assert list(suggest_codes("qqqq", ENGLISH)) == []


def test_the_list_goes_by_count_and_takes_no_markup_from_the_data() -> None:
    counts = Counter(
        {("unmapped", "[red]odd"): 2, ("unmapped", "Glaswegian"): 5, ("en-GB", "British"): 3, ("undeclared", None): 1}
    )
    console = Console(width=100, force_terminal=False, record=True)
    with console.capture() as capture:
        print_declared(console, counts, ENGLISH, everything=True)
    lines = capture.get().splitlines()
    assert lines[0] == "11 records: 3 with a known accent, 1 undeclared, 7 unmapped in 2 different texts"
    assert [line.split("→")[0].split(maxsplit=1)[1].strip() for line in lines[1:5]] == [
        "British",
        "(nothing)",
        "Glaswegian",
        "[red]odd",
    ]
