"""Tables of any dimensions in the terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from pipelines import storage
from pipelines.corpus import Corpus, write_json
from pipelines.report.counts.shard import counts_file
from pipelines.report.statistics.statistics import statistics_file
from pipelines.report.terminal.tables import (
    association_lines,
    confounded_lines,
    count_by_dimensions,
    imputed_lines,
    print_crosstab,
)
from schemas.errors import ConfigError
from tests.report import outdir
from tests.report.outdir import Row

ROWS = [
    *(Row("train", "en-US", "clean", "recorded", f"us-{n % 4}", values={"gender": "female"}) for n in range(8)),
    *(Row("test", "en-IN", "mobile_call", "recorded", f"in-{n % 2}", values={"source": "calls.csv"}) for n in range(6)),
    Row("train", "en-US", "street_10db", "simulated", "us-0", values={"gender": "female", "noise": "street", "snr_db": 7.5}),
    Row("train", "en-US", "street_10db", "simulated", "us-1", values={"gender": "female", "noise": "street", "snr_db": 17.5}),
]


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """An unfinished corpus: its shards are written, its report is not. One accent was only recorded on the phone."""
    corpus = Corpus(str(tmp_path_factory.mktemp("phones")))
    outdir.write_shards(corpus, ROWS)
    write_json(corpus.run_file, {"config": outdir.CONFIG})
    return corpus


def printed(corpus: Corpus, by: str, measure: str = "utterances", split: str | None = None, origin: str | None = None) -> str:
    text = io.StringIO()
    print_crosstab(Console(file=text, width=100), count_by_dimensions(corpus, by, split, origin), measure, "title")
    return text.getvalue()


def test_two_dimensions_with_their_margins_and_marks(phones: Corpus) -> None:
    lines = [line.split() for line in printed(phones, "accent, gender").splitlines()]
    assert ["female", "not", "given", "all"] in lines
    assert ["en-US", "8+2", "-", "8+2"] in lines
    assert ["en-IN", "-", "6", "6"] in lines
    assert ["all", "8+2", "6", "14+2"] in lines
    assert ["4", "combinations:", "2", "empty,", "0", "of", "one", "speaker"] in lines


def test_speakers_at_every_level_and_one_speaker_marked(phones: Corpus) -> None:
    lines = [line.split() for line in printed(phones, "accent,condition,snr_band", "speakers").splitlines()]
    assert ["en-US", "·", "street_10db", "+1!", "+1!", "-", "+2"] in lines
    assert ["all", "+1!", "+1!", "6", "6"] in lines


def test_one_split_and_one_origin(phones: Corpus) -> None:
    assert "en-IN" not in printed(phones, "accent,room", split="train")
    assert ["all", "2", "2"] in [
        line.replace("+", "").split() for line in printed(phones, "accent,room", origin="simulated").splitlines()
    ]


def test_hours(phones: Corpus) -> None:
    rows = [Row("train", "en-GB", "clean", "recorded", "gb", samples=16_000 * 18)]
    outdir.write_shards(Corpus(phones.path("long")), rows)
    write_json(Corpus(phones.path("long")).run_file, {"config": outdir.CONFIG})
    lines = [line.split() for line in printed(Corpus(phones.path("long")), "accent,split", "hours").splitlines()]
    assert ["en-GB", "0.005!", "0.005!"] in lines


def test_before_there_is_a_report_a_table_itself_says_what_is_confounded(phones: Corpus) -> None:
    crosstab = count_by_dimensions(phones, "accent,condition", None, None)
    told = confounded_lines(phones, crosstab)
    assert any(line.startswith("Accent en-IN was only ever recorded in condition mobile_call (6 recordings)") for line in told)
    lines = association_lines(crosstab, None)
    assert lines[0] == "Cramér's V of accent and condition, over recorded rows: 1.00, 1.00 less its bias, n = 14"
    assert lines[1].startswith("Cramér's V of accent and condition, over the speakers of recorded rows: 1.00")
    assert len(lines) == 3
    by_source = confounded_lines(phones, count_by_dimensions(phones, "accent,source", None, None))
    assert any(line.startswith("Accent en-IN only ever comes from source calls.csv (6 recordings)") for line in by_source)
    assert confounded_lines(phones, count_by_dimensions(phones, "accent,gender", None, None)) == []
    assert association_lines(count_by_dimensions(phones, "accent,gender,room", None, None), None) == []


def test_afterwards_the_report_s_own_sentences_stand(phones: Corpus) -> None:
    location = statistics_file(phones)
    write_json(location, {"confounded": [{"sentence": "as it was found"}]})
    try:
        assert confounded_lines(phones) == ["as it was found"]
    finally:
        storage.remove(location)


@pytest.mark.parametrize(
    ("by", "split", "origin", "told"),
    [
        ("accent", None, None, "--by: expected 2 to 5 dimensions, found 1"),
        ("accent,genre", None, None, "--by: there is no dimension 'genre'; did you mean 'gender'?"),
        ("accent,accent", None, None, "--by: names 'accent' twice"),
        ("accent,room", "dev", None, "--split: no rows in 'dev'; splits with rows: train, test"),
        ("accent,room", "../train", None, "--split: no rows in '../train'"),
        ("accent,room", None, "made", "--origin: there is no 'made'; expected recorded or simulated"),
    ],
)
def test_mistakes_are_told(phones: Corpus, by: str, split: str | None, origin: str | None, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        count_by_dimensions(phones, by, split, origin)
    assert told in str(caught.value)


def test_nothing_to_count_and_an_unknown_measure(phones: Corpus, tmp_path: Path) -> None:
    empty = Corpus(str(tmp_path))
    with pytest.raises(ConfigError, match="no corpus here"):
        count_by_dimensions(empty, "accent,room", None, None)
    write_json(empty.run_file, {"config": outdir.CONFIG})
    with pytest.raises(ConfigError, match="no shards are written yet"):
        count_by_dimensions(empty, "accent,room", None, None)
    with pytest.raises(ConfigError, match="--count: there is no 'minutes'"):
        printed(phones, "accent,room", "minutes")


def test_imputed_accents_that_count_are_told(tmp_path: Path) -> None:
    corpus = Corpus(str(tmp_path))
    assert imputed_lines(corpus) == []
    rows = [
        ("accent_provenance", "imputed", "*", 3),
        ("accent_provenance", "imputed", "recorded", 3),
        ("gender_provenance", "imputed", "*", 9),
    ]
    facets = [dict(zip(("facet", "value", "origin", "utterances"), row, strict=True)) for row in rows]
    write_json(counts_file(corpus), {"facets": facets})
    assert imputed_lines(corpus)[0].startswith("imputed: 3 rows of all splits have an accent")
