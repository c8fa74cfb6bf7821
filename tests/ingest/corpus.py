"""A directory with a configuration, metadata and audio of any kind, and what becomes of its records without Beam."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipelines.audio.problem import AudioProblem
from pipelines.ingest.bucket import Wanted, judge, measure_bucket
from pipelines.ingest.duplicates import Claim, settle
from pipelines.ingest.read import check_sources, metadata_files, read_file
from pipelines.ingest.record import Candidate, Rejection
from pipelines.people.withdrawn import NOBODY, Withdrawn
from pipelines.settings import Settings, load_settings
from tests.audio.files import sound, tone

COLUMNS = {
    "recording_id": "Aufnahme",
    "audio": "Datei",
    "text": "gesagt",
    "speaker_id": "wer",
    "accent": "Dialekt",
    "offset": "ab",
    "duration": "Dauer",
    "condition": "Lage",
}
"""Column names that no field of panvox carries."""

GOOD = {
    "Aufnahme": "r1",
    "Datei": "a.wav",
    "gesagt": "Guten Tag",
    "wer": "s1",
    "Dialekt": "Wienerisch",
    "ab": "",
    "Dauer": "",
    "Lage": "",
}


class Workplace:
    """A corpus directory under ``root`` with one sound recording, ``audio/a.wav`` of 2 s."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.policy: dict[str, Any] = {}
        self.more: dict[str, Any] = {}
        self.audio = root / "audio"
        self.audio.mkdir(parents=True)
        (self.audio / "a.wav").write_bytes(sound("WAV", "PCM_16"))
        (root / "accents.yaml").write_text("version: 1\naccents: {de-AT: [Wienerisch, Österreichisch], de-CH: [Züritüütsch]}\n")

    def settings(self, metadata: str = "rows.csv", columns: dict[str, str] | None = None, **source: Any) -> Settings:
        """The settings for one metadata file."""
        mapped = COLUMNS if columns is None else columns
        entry = {"metadata": metadata, "audio_root": "audio", "columns": mapped} | source
        config = {
            "name": "field",
            "accents": "accents.yaml",
            "accept": {"duration_s": [0.2, 5]},
            "sources": [entry],
            "policy": self.policy,
            **self.more,
            "conditions": [{"name": "quiet", "match": {"snr_db": {"min": 20}}}, {"name": "outside"}],
        }
        (self.root / "corpus.yaml").write_text(json.dumps(config))
        return load_settings(str(self.root / "corpus.yaml"))

    def write_csv(self, rows: Iterable[dict[str, Any]], name: str = "rows.csv", **dialect: Any) -> None:
        """A CSV file of rows that all have the columns of the first."""
        rows = list(rows)
        file = io.StringIO()
        writer = csv.DictWriter(file, list(rows[0]), **dialect)
        writer.writeheader()
        writer.writerows(rows)
        (self.root / name).write_bytes(file.getvalue().encode())

    def write_json_lines(self, rows: Iterable[dict[str, Any]], name: str = "rows.jsonl") -> None:
        (self.root / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def records(settings: Settings, withdrawn: Withdrawn = NOBODY) -> list[Candidate | Rejection]:
    """Every record of the first source, as far as it is known without its audio."""
    check_sources(settings)
    return [record for file in metadata_files(settings) for record in read_file(*file, settings, withdrawn)]


def rules(settings: Settings) -> list[str]:
    """The rule that each record breaks, in the records' order; empty for one that is accepted."""
    found = {record.place: record.rule if isinstance(record, Rejection) else "" for record in records(settings)}
    claims = []
    for candidate, outcome in outcomes(settings):
        if isinstance(outcome, AudioProblem):
            found[candidate.place] = outcome.rule
        else:
            claims.append(Claim(candidate.place, candidate.row["recording_id"], outcome.audio_sha256))
    found |= {loss.place: loss.rule for loss in settle(claims)}
    return [found[place] for place in sorted(found)]


def outcomes(settings: Settings) -> list[tuple[Candidate, Any]]:
    """What was measured on each record that needs its audio, or the problem that stands against it."""
    accept = settings.config.accept
    candidates = [record for record in records(settings) if isinstance(record, Candidate)]
    wanted = [
        Wanted(settings.resolve(each.row["audio"]), settings.audio_root(settings.config.sources[0]), each.span, each)
        for each in candidates
    ]
    kept = str(Path(settings.location).parent / "kept")
    measured = measure_bucket(kept, 0, wanted, accept.duration_s[1])
    return [
        (candidate, outcome if isinstance(outcome, AudioProblem) else judge(outcome, accept) or outcome)
        for candidate, _, outcome in measured
    ]


def quiet_copy(gain: float, seconds: float = 2.0) -> bytes:
    """Audio that no other file has."""
    return sound("WAV", "PCM_16", tone(16_000, seconds) * gain)
