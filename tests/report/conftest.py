"""One small corpus, counted once, with hostile text wherever text comes from outside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelines.corpus import Corpus, write_json
from pipelines.report.pages.facts import Facts, gather
from schemas.config import CorpusConfig
from tests.report import outdir
from tests.report.outdir import Row

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>'
HOSTILE_MARKDOWN = "[click](http://evil.example) <b>x</b> | `y` |\n# owned"


COUNTED = CorpusConfig.model_validate(
    {
        "name": "demo",
        "sources": [{"metadata": "recordings.csv"}],
        "conditions": [{"name": name} for name in outdir.CONDITIONS],
        "coverage": outdir.CONFIG["coverage"],
    }
)
"""What is counted."""


def row(split: str, accent: str, condition: str, speaker: str, origin: str = "simulated", **more: object) -> Row:
    return Row(split, accent, condition, origin, speaker, **more)  # type: ignore[arg-type]


ROWS = [
    *(row("train", "en-US", "clean", f"us-{n % 3}", "recorded", values={"text": HOSTILE, "gender": "female"}) for n in range(6)),
    *(row("train", "en-US", "street_10db", f"us-{n % 3}", snr_db=4.2 + n, values={"noise": "street"}) for n in range(4)),
    row("dev", "en-US", "street_10db", "us-9", "recorded", samples=3200),
    row("dev", "en-US", "street_10db", "us-8", snr_db=9.9),
    row("train", "en-GB", "clean", "gb-0", "recorded", values={"speaker_type": "synthetic", "licence": "CC-BY-SA-3.0"}),
    row("train", "en-GB", "mobile_call", "gb-0", values={"speaker_type": "synthetic", "licence": "CC-BY-SA-3.0"}),
    row("test", "en-IN", "clean", "in-0", "recorded", values={"licence": HOSTILE_MARKDOWN, "speaker_type": "professional"}),
    row("test", "en-IN", "clean", "in-1", "recorded", samples=16000 * 9, values={"licence": "CC BY-SA 4.0"}),
    row("train", "undeclared", "unassigned", "who", "recorded", values={"gender": HOSTILE}),
]


def build(root: Path, rows: Sequence[Row] = ROWS, shards: int = 2) -> Corpus:
    """An output directory as it stands before the report stage."""
    corpus = Corpus(str(root))
    outdir.write_shards(corpus, rows, shards=shards)
    record = json.dumps({"id": "x", "text": HOSTILE})
    refused = [("missing_speaker", "check", 4), ("silence", "audio", 1), ("expectation:recordings.level", "expectation", 2)]
    outdir.write_quarantine(
        corpus,
        [
            {
                "source": f"{HOSTILE}.csv",
                "row_number": n,
                "record_json": record,
                "stage": stage,
                "rule": rule,
                "message": f"{rule} {n}",
            }
            for rule, stage, count in refused
            for n in range(1, count + 1)
        ],
    )
    outdir.write_manifest(corpus, [(-26.5, 31.2), (-26.1, 12.0), (-20.0, 31.9), (float("-inf"), 40.0)])
    gap = {"condition": "clean", "have_utterances": 1, "target_utterances": 4, "missing_utterances": 3, "have_speakers": 1}
    outdir.write_gaps(
        corpus,
        [
            {
                **gap,
                "accent": "en-GB",
                "target_speakers": 2,
                "remedy": "collect",
                "reason": f"record 1 more speaker {HOSTILE_MARKDOWN}",
            },
            {**gap, "accent": "en-IN", "remedy": "simulate", "reason": "raise max_uses_per_recording"},
        ],
    )
    failed = {
        "success": False,
        "expectation_config": {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "snr_db", "min_value": 15},
            "severity": "warning",
            "meta": {"name": "quiet_rooms"},
        },
        "result": {"element_count": 4, "unexpected_count": 1},
    }
    write_json(corpus.validation_file("recordings"), {"suite_name": "recordings", "results": [{"success": True}, failed]})
    absent = {"train": [], "dev": ["en-GB", "en-IN"]}
    counts = {rule: count for rule, _, count in refused}
    outdir.write_stages(corpus, counts, 9, rows, absent_accents=absent, notes=["noise 'street' has 1 file(s) for 3 splits"])
    return corpus


def count(corpus: Corpus) -> None:
    """Run the counting pipeline in this process."""
    import apache_beam as beam
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    from pipelines.report.pipeline import write_counts

    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        write_counts(pipeline, corpus, COUNTED, outdir.ACCENTS)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    built = build(tmp_path_factory.mktemp("out"))
    count(built)
    return built


@pytest.fixture(scope="session")
def facts(corpus: Corpus) -> Facts:
    return gather(corpus, outdir.CONFIG, version=1, versions={"panvox": "0.1.0"})
