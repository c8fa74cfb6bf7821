"""A run says what it has to say and nothing else, fetches nothing, and leaves nothing lying about."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import soundfile

from tests.end_to_end.command import IN_PROCESS, Done, environment, panvox_ok
from tests.end_to_end.conftest import Surroundings
from tests.end_to_end.corpora import sample_rows, write_rows

PROGRESS = r"(ingest|plan|render|report): [a-z ]+: \d+( of \d+)?"
LINES = (
    r"ingest: \d+ records read, \d+ accepted, \d+ quarantined",
    r"plan: \d+ rows, \d+ recorded and \d+ simulated, in \d+ shards; \d+ gaps",
    r"render: \d+ rows in \d+ shards, \d+\.\d MB",
    r"report: {out}/report\.html",
    r"{out}: whole; open {out}/report\.html",
)
UNNAMED = r"ingest: 3 audio files that no record names under audio: audio/\S+, audio/\S+, audio/\S+"
"""The sample corpus has rows that cannot be read, and what they name is told."""
SHARED = r"ingest: 1 speaker's id stands in several sources \(allison\): they count as the same people; 'speaker_prefix' of .*"
"""In the sample corpus she is the same person."""


def check_lines(out: Path, done: Done, lines: tuple[str, ...] = LINES) -> None:
    """A few lines, and on a slow machine how far a stage has come."""
    assert done.out == ""
    said = [line for line in done.lines if not re.fullmatch(PROGRESS, line)]
    assert len(said) == len(lines), done.err
    for line, pattern in zip(said, lines, strict=True):
        assert re.fullmatch(pattern.replace("{out}", re.escape(str(out))), line), line


def test_small(small_run: tuple[Path, Done]) -> None:
    check_lines(*small_run)


def test_samples(samples_run: tuple[Path, Done]) -> None:
    """Their broken MP3, Opus and AAC make decoders complain."""
    check_lines(*samples_run, lines=(LINES[0], UNNAMED, SHARED, *LINES[1:]))


def test_nothing_is_fetched(small_run: tuple[Path, Done], surroundings: Surroundings) -> None:
    """It ran with a proxy that does not answer; Beam keeps what it fetches in ``~/.apache_beam``."""
    assert small_run[1].code == 0
    assert {path.name for path in surroundings.home.iterdir()} <= {".cache", ".config"}
    kept = {path.relative_to(surroundings.home).parts[1] for path in surroundings.home.rglob("*") if path.is_file()}
    assert kept <= {"matplotlib"}


def test_no_temporary_files_are_left(small_run: tuple[Path, Done], surroundings: Surroundings) -> None:
    assert small_run[1].code == 0
    assert list(surroundings.temporary.iterdir()) == []


def test_decoders_complaints_stay_inside(small: Path, tmp_path: Path) -> None:
    """An MP3 with garbage in the middle: libmpg123 writes to the file descriptor itself, also in the run's own process."""
    here = tmp_path / "corpus"
    shutil.copytree(small.parent, here)
    rows = sample_rows()
    mp3 = here / "audio" / next(row["file"] for row in rows if row["file"].endswith(".mp3"))
    data = bytearray(mp3.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = np.random.default_rng(1).bytes(600)
    mp3.write_bytes(data)
    soundfile.write(here / "audio" / rows[0]["file"], np.zeros(16000), 16000)
    write_rows(here / "recordings.csv", rows)
    done = panvox_ok(
        "ingest", here / "corpus.yaml", "--output", tmp_path / "out", *IN_PROCESS, env=environment(PYTHONWARNINGS="default")
    )
    assert done.out == ""
    said = [line for line in done.lines if not re.fullmatch(PROGRESS, line)]
    assert len(said) == 1, done.err
    assert re.fullmatch(LINES[0], said[0])
