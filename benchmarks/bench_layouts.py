"""Reading metadata by layout, before any audio is touched: rows a second of one core, and the memory of the process.

python -m benchmarks.bench_layouts [--minutes M]

A million rows are read of each, or as many fewer as there are fewer minutes than the bounds are for; a twentieth of them where
each transcript is a file of its own. Recordings are named, not there. TIMIT is left out: it has 6,300 rows, ten a directory, and
takes a quarter of a second.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from benchmarks import layout_corpora as corpora
from benchmarks.corpus import BENCH, HOURS
from benchmarks.figures import Figure, Findings, Size, run_alone
from benchmarks.process import resident_bytes, run
from pipelines.ingest.read import metadata_files, read_file
from pipelines.settings import load_settings

ROWS = 1_000_000
FILES = 50_000
"""Rows of a layout whose transcripts are files of their own."""

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
        found, cpu_s, peak_mb = run(command).output.split()  # nothing watches it, which would take its share of the processor
        findings.hold_rows(rows, **{form.name: int(found)})
        detail = f"{rows:,} rows in {float(cpu_s):.1f} s of processor time"
        findings.add(Figure(f"metadata of {form.name}", rows / float(cpu_s), "rows/s", ROWS_PER_S, detail=detail))
        findings.add(Figure(f"memory, {form.name}", float(peak_mb), "MB", MEMORY_MB, "<"))
    shutil.rmtree(PLACE)
    return findings


def read(location: str) -> None:
    """Print how many records there are, the processor time that reading and checking them took, s, and the most memory, MB."""
    settings = load_settings(location)
    start = time.process_time()
    count = sum(1 for file in metadata_files(settings) for _ in read_file(*file, settings))
    print(count, time.process_time() - start, resident_bytes(os.getpid(), "VmHWM") / 1e6)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(sys.argv[2])
    else:
        run_alone(measure, __doc__ or "")
