"""Configurations, recordings and manifests for the tests of planning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipelines.ingest.banks import BankFile
from pipelines.plan.accent import plan_accent
from pipelines.plan.context import PlanContext
from pipelines.plan.fill.donors import DonorPool, Recording
from pipelines.plan.fill.fill import CellState, Demand
from pipelines.plan.fill.need import SNR_HEADROOM_DB, Need
from pipelines.plan.shards.recipes import Block, draw_recipes, planned_rows
from pipelines.plan.splits.assign import SpeakerFacts, assign_splits
from pipelines.plan.splits.banks import share_banks
from pipelines.plan.targets.cells import SplitTarget
from pipelines.simulate.draw import Talker, TalkerPool
from schemas.config import CorpusConfig
from schemas.tables import MANIFEST, RECIPE

SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}
TARGETS: dict[str, Any] = {"per_cell": {"utterances": 40}, "max_share_per_speaker": 0.25, "max_uses_per_recording": 8}
CONDITIONS: list[dict[str, Any]] = [
    {"name": "clean", "match": {"snr_db": {"min": 20}}},
    {"name": "street", "noise": "street", "snr_db": [5, 15]},
    {"name": "phone", "handset": "landline"},
    {"name": "office", "room": "office"},
    {"name": "babble", "noise": "babble", "snr_db": [5, 15]},
]


def config_of(targets: Mapping[str, Any] | None = None, **settings: Any) -> CorpusConfig:
    """A configuration with a noise, babble, a handset and a generated room."""
    whole = {
        "name": "test",
        "seed": 3,
        "sources": [{"metadata": "recordings.csv"}],
        "noises": {"street": {"files": "*.wav"}, "babble": {"talkers": [2, 3]}},
        "handsets": {"landline": {"microphone": "irs_send", "codecs": ["g711_ulaw"]}},
        "rooms": {"office": {"t60_s": [0.3, 0.9], "distance_m": [0.5, 2.0], "dimensions_m": [6, 5, 3]}},
        "conditions": CONDITIONS,
        "targets": targets or {},
        "splits": SHARES,
    }
    return CorpusConfig.model_validate(whole | settings)


def manifest_of(recordings: Sequence[Mapping[str, Any]]) -> pa.Table:
    """A manifest; what a recording does not say is filled in."""
    rows = []
    for number, given in enumerate(recordings):
        recording_id = given.get("recording_id", f"rec-{number:05}")
        row = {
            "recording_id": recording_id,
            "source": 0,
            "audio": f"{recording_id}.wav",
            "duration_s": 4.0,
            "sample_rate": 16000,
            "channels": 1,
            "text": "some words",
            "language": "en",
            "speaker_id": f"speaker-{number}",
            "accent": "en-GB",
            "accent_raw": "British",
            "condition": "clean",
            "snr_db": 60.0,
            "bandwidth_hz": 8000.0,
            "file_sha256": f"file-{recording_id}",
            "audio_sha256": f"audio-{recording_id}",
        }
        rows.append(row | dict(given))
    return pa.Table.from_pylist(rows, schema=MANIFEST.schema())


def no_recipes() -> pa.Table:
    """What earlier versions of a new corpus wrote."""
    return RECIPE.schema().empty_table()


def talker_pools(manifest: pa.Table, splits: Mapping[str, str]) -> dict[str, TalkerPool]:
    """Every recording of a manifest as a talker of its split."""
    rows = manifest.select(["recording_id", "speaker_id", "audio", "offset_s", "duration_s", "audio_sha256"]).to_pylist()
    return {split: TalkerPool(Talker(**row) for row in rows if splits[row["speaker_id"]] == split) for split in SHARES}


def context_of(config: CorpusConfig, manifest: pa.Table, **given: Any) -> PlanContext:
    """Splits, banks and talkers for a manifest; noise `street` has ten files."""
    speakers: dict[str, dict[str, int]] = {}
    for row in manifest.select(["speaker_id", "accent"]).to_pylist():
        of_speaker = speakers.setdefault(row["speaker_id"], {})
        of_speaker[row["accent"]] = of_speaker.get(row["accent"], 0) + 1
    splits = assign_splits([SpeakerFacts(who, what) for who, what in speakers.items()], dict(config.splits.items()), config.seed)
    files = [BankFile("noise", "street", f"street/{number}.wav", f"sha-{number}", 30.0) for number in range(10)]
    banks = share_banks(files, dict(config.splits.items()), config.seed)
    return PlanContext(**{"config": config, "splits": splits, "banks": banks, "talkers": talker_pools(manifest, splits)} | given)


def donor(index: int, speaker: str, snr_db: float = 60.0, duration_s: float = 4.0, condition: str = "clean") -> Recording:
    """A donor of the split `train`."""
    return Recording(index, f"rec-{index:04}", speaker, "train", condition, duration_s, snr_db, 8000.0, True)


def pool_of(donors: Sequence[Recording], max_uses: int, used: Mapping[str, int] | None = None) -> DonorPool:
    """Donors that may be used so often."""
    return DonorPool(donors, used or {}, max_uses, seed=3)


def cell_of(
    pool: DonorPool, cap: Any, condition: str, target: SplitTarget, snr_db: tuple[float, float] | None = None
) -> CellState:
    """A cell of the split `train`."""
    least_db = float("-inf") if snr_db is None else snr_db[0] + SNR_HEADROOM_DB
    need = Need(condition, least_db, 0.0, frozenset({"clean", "phone"} - {condition}))
    return CellState(Demand(need, "train", target, snr_db), pool, cap, seed=sum(condition.encode()))


def speakers(count: int, recordings: int = 3, **given: Any) -> list[dict[str, Any]]:
    """Recordings of so many speakers."""
    return [
        {"recording_id": f"s{who}-{n}", "speaker_id": f"s{who}", "duration_s": 2.0 + n, **given}
        for who in range(count)
        for n in range(recordings)
    ]


def planned(manifest: pa.Table, config, earlier: pa.Table | None = None, **given: Any) -> tuple[list[dict[str, Any]], list[Any]]:
    """The recipes of a manifest of one accent, and its gaps."""
    accent = manifest.column("accent")[0].as_py() if manifest.num_rows else "en-GB"
    context = context_of(config, manifest, **given)
    blocks, gaps = plan_accent(accent, manifest, no_recipes() if earlier is None else earlier, context)
    return [row for block in blocks for row in recipes_of(block, manifest, context).to_pylist()], gaps


def recipes_of(block: Block, manifest: pa.Table, context: PlanContext) -> pa.Table:
    """The recipes of a block, drawn."""
    planned = pa.concat_tables(planned_rows(block, manifest, context.config))
    return draw_recipes(planned, context.config, context.banks, context.talkers)
