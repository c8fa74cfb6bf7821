"""Reading metadata by layout, before any audio is touched: rows a second of one core, and the memory of the process.

python -m benchmarks.bench_layouts [--minutes M]

A million rows are read of each, or as many fewer as there are fewer minutes than the bounds are for; a twentieth of them where
each transcript is a file of its own. Recordings are named, not there.

Each is read three times and the quickest counts, as ``timeit`` advises: what makes another slower is the rest of the machine.
Beside each figure stands how many times as long a row takes as the least that the standard library does for one, measured right
before and after: ``csv.DictReader`` and ``json.dumps`` of ten plain cells, unchecked. Rows a second drift with the machine by a
half; that ratio hardly does.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from itertools import chain, repeat
from types import MappingProxyType
from typing import NamedTuple

from benchmarks import layout_corpora as corpora
from benchmarks.corpus import BENCH, HOURS
from benchmarks.figures import Figure, Findings, Size, run_alone
from benchmarks.process import resident_bytes, run
from pipelines.ingest.read import metadata_files, read_file
from pipelines.settings import Settings, load_settings

ROWS = 1_000_000
FILES = 50_000
"""Rows of a layout whose transcripts are files of their own."""

PASSES = 3
BARE_ROWS = 100_000
_BARE_NAMES, _BARE_LINE = (",".join(f"{word} {number}" for number in range(10)) + "\n" for word in ("column", "some words"))

ROWS_PER_S = 50_000
MEMORY_MB = 500
PLACE = BENCH / "layouts"


class Form(NamedTuple):
    """What is read.

    Attributes:
        name: of the maker in ``layout_corpora``.
        layout: that reads it.
        rows: at full size.
        more: of its source's settings.
    """

    name: str
    layout: str
    rows: int = ROWS
    more: Mapping[str, object] = MappingProxyType({})


_COLUMNS = {"recording_id": "id", "audio": "file", "text": "sentence", "speaker_id": "speaker", "accent": "accents"}
FORMS = (
    Form("common_voice", "common_voice"),
    Form("table", "table", more={"metadata": "corpus/recordings.csv", "columns": _COLUMNS | {"language": "language"}}),
    Form("table_jsonl", "table", more={"metadata": "corpus/recordings.jsonl", "columns": _COLUMNS | {"language": "language"}}),
    Form("kaldi", "kaldi"),
    Form("kaldi_unsorted", "kaldi"),
    Form("kaldi_segments", "kaldi"),
    Form("lhotse", "lhotse"),
    Form("lhotse_cuts", "lhotse"),
    Form("nemo", "nemo"),
    Form("librispeech", "librispeech"),
    Form("edacc", "edacc"),
    Form("coraal", "coraal"),
    Form("afrispeech_200", "afrispeech_200"),
    Form("openslr_83", "openslr_83"),
    Form("fair_speech", "fair_speech"),
    Form("speech_accent_archive", "speech_accent_archive"),
    Form("vctk", "vctk", FILES),
    Form("l2_arctic", "l2_arctic", FILES),
    Form("timit", "timit", FILES),
)


def measure(size: Size) -> Findings:
    """Read each corpus in a process of its own."""
    findings = Findings()
    for form in FORMS:
        rows = int(form.rows * min(1.0, size.hours / HOURS))
        shutil.rmtree(PLACE, ignore_errors=True)
        (PLACE / "corpus").mkdir(parents=True)
        getattr(corpora, form.name)(PLACE / "corpus", rows)
        source = {"layout": form.layout, "audio_root": "corpus", **form.more}
        config = {"name": "rows", "accents": "english", "sources": [source], "conditions": [{"name": "any"}]}
        (PLACE / "corpus.yaml").write_text(json.dumps(config))
        command = [sys.executable, "-m", "benchmarks.bench_layouts", "--read", str(PLACE / "corpus.yaml")]
        found, cpu_s, peak_mb, bare_s = run(command).output.split()  # unwatched, for a watcher takes its share of the processor
        findings.hold_rows(rows, **{form.name: int(found)})
        bare = float(cpu_s) / rows / float(bare_s)
        detail = f"{rows:,} rows in {float(cpu_s):.1f} s of processor time; {bare:.1f} × csv.DictReader and json.dumps"
        findings.add(Figure(f"metadata of {form.name}", rows / float(cpu_s), "rows/s", ROWS_PER_S, detail=detail))
        findings.add(Figure(f"memory, {form.name}", float(peak_mb), "MB", MEMORY_MB, "<"))
    shutil.rmtree(PLACE)
    return findings


def read(location: str) -> None:
    """Print how many records there are, the processor time they took, s, the most memory, MB, and the time of a bare row, s."""
    settings = load_settings(location)
    cpu_s, bare_s, count = min(_passed(settings) for _ in range(PASSES))
    print(count, cpu_s, resident_bytes(os.getpid(), "VmHWM") / 1e6, bare_s)


def _passed(settings: Settings) -> tuple[float, float, int]:
    before_s = bare_row_s()
    start = time.process_time()
    count = sum(1 for file in metadata_files(settings) for _ in read_file(*file, settings))
    cpu_s = time.process_time() - start
    return cpu_s, (before_s + bare_row_s()) / 2, count


def bare_row_s() -> float:
    """Processor time that the standard library takes to read a row of ten plain cells and write it as JSON, s."""
    start = time.process_time()
    for row in csv.DictReader(chain([_BARE_NAMES], repeat(_BARE_LINE, BARE_ROWS))):
        json.dumps(row)
    return (time.process_time() - start) / BARE_ROWS


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(sys.argv[2])
    else:
        run_alone(measure, __doc__ or "")
