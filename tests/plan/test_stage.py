"""The plan stage through Beam: files in, recipes, assignments and gaps out; and later versions of the same corpus."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from scipy.stats.contingency import association

from pipelines.corpus import Corpus, write_json, write_table
from pipelines.plan.stage import dry_run, run_plan
from pipelines.settings import Settings
from schemas.accents import Accents
from schemas.errors import ConfigError
from schemas.tables import GAPS, RECIPE
from tests.plan.corpus import CONDITIONS, config_of, manifest_of

OPTIONS = PipelineOptions(["--direct_running_mode", "in_memory"])
SPLITS = {"train": 0.6, "dev": 0.2, "test": 0.2}
TARGETS = {"per_cell": {"utterances": 20, "speakers": 3}, "max_share_per_speaker": 0.5}
ACCENTS = {"en-GB": 12, "en-US": 7, "en-IN": 2, "undeclared": 3}


def recordings() -> list[dict[str, Any]]:
    rows = [
        {"recording_id": f"{accent}-{who}-{n}", "speaker_id": f"{accent}-{who}", "accent": accent, "duration_s": 2.0 + n}
        for accent, speakers in ACCENTS.items()
        for who in range(speakers)
        for n in range(4)
    ]
    # A tape with two speakers, one row of it cut out and one that is the whole file.
    rows[0] |= {"file_sha256": "abc", "offset_s": 1.0}
    rows[-1] |= {"file_sha256": "abc"}
    for number, row in enumerate(rows):
        row.setdefault("file_sha256", f"{number:x}")
        row.setdefault("audio_sha256", f"{number:064x}")
    return rows


def settings_of(conditions: list[dict[str, Any]] = CONDITIONS, **settings: Any) -> Settings:
    config = config_of(settings.pop("targets", TARGETS), conditions=conditions, **({"splits": SPLITS} | settings))
    accents = Accents(wanted=("en-GB", "en-US", "en-IN", "en-NZ"))
    return Settings("corpus.yaml", config, accents, ((),), {"street": ()}, {})


def write_manifest(corpus: Corpus, rows: list[dict[str, Any]], parts: int) -> None:
    for old in corpus.manifest_files():
        Path(old).unlink()
    for part in range(parts):
        write_table(corpus.path("manifest", f"part-{part:05d}.parquet"), manifest_of(rows[part::parts]))
    banks = [
        {"kind": "noise", "bank": "street", "file": f"{n}.wav", "sha256": f"{n:064x}", "duration_s": 30.0, "problem": ""}
        for n in range(6)
    ]
    write_json(corpus.stage_file("ingest"), {"banks": banks})


def plan(
    root: Path, rows: list[dict[str, Any]], settings: Settings, version: int = 1, parts: int = 2
) -> tuple[Corpus, dict[str, Any]]:
    corpus = Corpus(str(root))
    write_manifest(corpus, rows, parts)
    return corpus, run_plan(settings, corpus, version, OPTIONS)


def files_of(corpus: Corpus) -> dict[str, bytes]:
    folder = Path(corpus.root) / "plan"
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, dict[str, Any]]:
    return plan(tmp_path_factory.mktemp("first"), recordings(), settings_of(shards={"target_mb": 1}))


def test_the_figures_are_those_of_the_recipes(first) -> None:
    corpus, result = first
    recipes = corpus.read_recipes()
    assert recipes.schema.names == RECIPE.names
    assert result["recipes"] == recipes.num_rows == result["recorded"] + result["simulated"]
    assert result["recorded"] == len(recordings())
    by_split = Counter(recipes.column("split").to_pylist())
    assert result["rows"] == dict(by_split)
    assert sum(result["seconds"].values()) == pytest.approx(sum(recipes.column("duration_s").to_pylist()))
    assert result["absent_accents"] == {
        split: sorted(
            set(recipes.column("accent").to_pylist())
            - {row["accent"] for row in recipes.select(["accent", "split"]).to_pylist() if row["split"] == split}
        )
        for split in SPLITS
    }
    assert len(set(recipes.column("id").to_pylist())) == recipes.num_rows


def test_a_part_holds_one_shard_and_shards_are_balanced(first) -> None:
    corpus, result = first
    assert result["shards"]["train"] > 1
    cells: dict[tuple[str, str, str], Counter[int]] = defaultdict(Counter)
    for file in corpus.recipe_files():
        rows = pq.read_table(file).to_pylist()
        assert len({(row["split"], row["shard"], row["shards"], row["version"]) for row in rows}) == 1
        assert Path(file).name == f"part-v001-{rows[0]['split']}-{rows[0]['shard']:05d}.parquet"
        for row in rows:
            cells[row["split"], row["accent"], row["condition"]][row["shard"]] += 1
            cells[row["split"], "*", "*"][row["shard"]] += 1
    for (split, *_), counts in cells.items():
        shards = [counts[shard] for shard in range(result["shards"][split])]
        assert max(shards) - min(shards) <= 1


def test_weights_even_the_cells_of_a_split(first) -> None:
    sums: dict[tuple[str, str, str], float] = defaultdict(float)
    rows = first[0].read_recipes(["split", "accent", "condition", "weight"]).to_pylist()
    for row in rows:
        sums[row["split"], row["accent"], row["condition"]] += row["weight"]
    for split in SPLITS:
        of_split = [total for key, total in sums.items() if key[0] == split]
        assert of_split == pytest.approx([of_split[0]] * len(of_split), rel=1e-5)
        assert sum(of_split) == pytest.approx(sum(row["split"] == split for row in rows), rel=1e-5)


def test_splits_are_sealed_and_a_shared_file_is_one_unit(first) -> None:
    corpus, _ = first
    splits = {row["key"]: row["split"] for row in pq.read_table(corpus.assignments_file).to_pylist() if row["kind"] == "speaker"}
    assert set(splits) == {row["speaker_id"] for row in recordings()}
    assert splits[recordings()[0]["speaker_id"]] == splits[recordings()[-1]["speaker_id"]]
    for row in corpus.read_recipes(["speaker_id", "split"]).to_pylist():
        assert row["split"] == splits[row["speaker_id"]]
    assert Counter(splits.values()) == {"train": 14, "dev": 5, "test": 5}


def test_gaps_name_the_accents_without_a_recording(first) -> None:
    corpus, result = first
    rows = list(csv.DictReader(io.StringIO(Path(corpus.gaps_file).read_text())))
    assert list(rows[0]) == GAPS.names
    assert len(rows) == result["gaps"]
    assert [row["condition"] for row in rows if row["accent"] == "en-NZ"] == sorted(each["name"] for each in CONDITIONS)
    assert all(row["have_utterances"] == "0" for row in rows if row["accent"] == "en-NZ")
    assert not any(row["accent"] == "undeclared" for row in rows)


def test_the_cut_into_parts_and_the_order_play_no_part(first, tmp_path: Path) -> None:
    corpus, result = plan(tmp_path, list(reversed(recordings())), settings_of(shards={"target_mb": 1}), parts=5)
    assert result == first[1]
    assert files_of(corpus) == files_of(first[0])


def test_a_dry_run_tells_the_same_and_leaves_nothing(first) -> None:
    corpus, result = first
    before = files_of(corpus)
    told = dry_run(settings_of(shards={"target_mb": 1}), corpus, 1, OPTIONS)
    assert {key: told[key] for key in result} == result
    assert told["hours"]["train"] == pytest.approx(result["seconds"]["train"] / 3600)
    assert told["bytes"]["train"] > told["seconds"]["train"] * 16000
    assert files_of(corpus) == before
    assert [file for file in Path(corpus.root, ".work").rglob("*") if file.is_file()] == [Path(corpus.stage_file("ingest"))]


ROADSIDE = {"name": "roadside", "noise": "street", "snr_db": [0, 10], "handset": "landline"}


def test_a_later_version_keeps_what_was_given_out_and_may_be_planned_twice(tmp_path: Path) -> None:
    corpus, _ = plan(tmp_path, recordings(), settings_of())
    before = files_of(corpus)
    given_out = pq.read_table(corpus.assignments_file).to_pylist()
    newcomer = {"recording_id": "new", "speaker_id": "new", "accent": "en-IN", "file_sha256": "fff", "audio_sha256": "new"}
    grown = settings_of([*CONDITIONS, ROADSIDE])
    _, result = plan(tmp_path, [*recordings(), newcomer], grown, version=2)
    recipes = corpus.read_recipes(version=2)
    assert set(recipes.column("version").to_pylist()) == {2}
    recorded = [row["id"] for row in recipes.to_pylist() if row["origin"] == "recorded"]
    assert recorded == ["new"]
    assert "roadside" in recipes.column("condition").to_pylist()
    after = files_of(corpus)
    assert {name: data for name, data in after.items() if "-v001-" in name} == {n: d for n, d in before.items() if "-v001-" in n}
    assignments = pq.read_table(corpus.assignments_file).to_pylist()
    assert [row for row in assignments if row["version"] == 1] == given_out
    assert [row["key"] for row in assignments if row["version"] == 2] == ["new"]
    assert result["absent_accents"]["train"] == []  # earlier versions count
    # Killed after the assignments were written and before the stage was noted as done, it is planned again.
    assert run_plan(grown, corpus, 2, OPTIONS) == result
    assert files_of(corpus) == after


def test_a_recording_that_went_is_named(tmp_path: Path) -> None:
    plan(tmp_path, recordings(), settings_of())
    with pytest.raises(ConfigError, match="recording 'en-GB-1-0' stands in the shards of an earlier version with accent en-GB"):
        plan(tmp_path, [row for row in recordings() if row["recording_id"] != "en-GB-1-0"], settings_of(), version=2)


def test_words_that_become_known_leave_what_was_written_as_it_was(tmp_path: Path) -> None:
    unmapped = [row | {"accent": "unmapped"} if row["accent"] == "en-IN" else row for row in recordings()]
    corpus, _ = plan(tmp_path, unmapped, settings_of())
    later = {"accent": "en-IN", "speaker_id": "en-IN-0", "file_sha256": "fff", "audio_sha256": "new", "recording_id": "new"}
    _, result = plan(tmp_path, [*recordings(), later], settings_of(), version=2, parts=3)
    written = corpus.read_recipes(["id", "accent", "origin"], 2).to_pylist()
    assert [row["id"] for row in written if row["origin"] == "recorded"] == ["new"]
    assert {row["accent"] for row in written} == {"en-IN"}
    assert {row["id"].partition("~")[0] for row in written} == {"new"}
    moved = sum(row["accent"] == "en-IN" for row in recordings())
    assert f"{moved} recordings were written without a known accent by an earlier version" in result["notes"][-1]


def test_words_may_not_change_their_code_once_written(tmp_path: Path) -> None:
    plan(tmp_path, recordings(), settings_of())
    renamed = [row | {"accent": "en-NZ"} if row["accent"] == "en-IN" else row for row in recordings()]
    with pytest.raises(ConfigError, match=r"'en-IN-\d-\d' .* with accent en-IN, and has accent en-NZ now: leave its words under"):
        plan(tmp_path, renamed, settings_of(), version=2)


def test_a_split_may_not_be_taken_away(tmp_path: Path) -> None:
    plan(tmp_path, recordings(), settings_of())
    with pytest.raises(ConfigError, match="splits: there is no 'dev' any more"):
        plan(tmp_path, recordings(), settings_of(splits={"train": 0.8, "test": 0.2}), version=2)


def test_a_sealed_sentence_leaves_the_others_out_and_all_are_accounted_for(tmp_path: Path) -> None:
    rows = [row | {"text": f"prompt {number % 4}" if number % 3 else f"own {number}"} for number, row in enumerate(recordings())]
    settings = settings_of(evaluation={"seal_transcripts": True, "paired": True})
    corpus, result = plan(tmp_path, rows, settings)
    recipes = corpus.read_recipes(["id", "split", "text", "origin", "source_id"]).to_pylist()
    texts: dict[str, set[str]] = defaultdict(set)
    for row in recipes:
        texts[row["text"]].add(row["split"])
    assert all(len(splits) == 1 for splits in texts.values())
    left = [row for file in corpus.left_out_files() for row in pq.read_table(file).to_pylist()]
    assert result["left_out"] == {"transcript": len(left)}
    written = {row["id"] for row in recipes if row["origin"] == "recorded"}
    assert written.isdisjoint(row["recording_id"] for row in left)
    assert written | {row["recording_id"] for row in left} == {row["recording_id"] for row in rows}
    # A newcomer's prompt goes where an earlier version wrote it; all of it in other parts, and planned twice, is the same.
    home = {text: min(splits) for text, splits in texts.items()}
    more = [*rows, {"recording_id": "new", "speaker_id": "new", "text": "Prompt 1!", "file_sha256": "fff", "audio_sha256": "new"}]
    _, result = plan(tmp_path, more, settings, version=2, parts=5)
    split = {row["key"]: row["split"] for row in pq.read_table(corpus.assignments_file).to_pylist()}["new"]
    assert ("new" in corpus.read_recipes(["id"], 2).column("id").to_pylist()) == (home["prompt 1"] == split)
    assert result["left_out"]["transcript"] == len(left) + (home["prompt 1"] != split)


def test_no_recordings_make_an_empty_plan(tmp_path: Path) -> None:
    corpus, result = plan(tmp_path, [], settings_of(), parts=1)
    assert result["recipes"] == 0
    assert result["shards"] == {}
    assert corpus.read_recipes() == pa.table([[]] * len(RECIPE.names), schema=RECIPE.schema())


def test_without_gaps_and_surplus_accent_and_condition_are_independent(tmp_path: Path) -> None:
    """A corpus in which one accent was recorded clean only, and another mostly over the phone."""
    rows = [
        {
            "recording_id": f"{accent}-{who}-{n}",
            "speaker_id": f"{accent}-{who}",
            "accent": accent,
            "condition": "phone" if accent == "en-US" and n else "clean",
            "audio_sha256": f"{accent}-{who}-{n}",
        }
        for accent, speakers in (("en-GB", 20), ("en-US", 30))
        for who in range(speakers)
        for n in range(6)
    ]
    for row in rows:
        row["file_sha256"] = hashlib.sha256(str(row["recording_id"]).encode()).hexdigest()
    targets = {"per_cell": {"utterances": 20}, "max_uses_per_recording": 50, "surplus": "drop"}
    settings = settings_of(targets=targets)
    settings = replace(settings, accents=Accents(wanted=("en-GB", "en-US")))
    corpus, result = plan(tmp_path, rows, settings)
    assert (result["gaps"], result["optimal"]) == (0, True)
    recipes = corpus.read_recipes(["accent", "condition"]).to_pylist()
    accents, conditions = ("en-GB", "en-US"), [each["name"] for each in CONDITIONS]
    table = np.array([[sum(row == {"accent": a, "condition": c} for row in recipes) for c in conditions] for a in accents])
    assert association(table) <= 0.05
    recorded = np.array(
        [[sum(row["accent"] == a and row["condition"] == c for row in rows) for c in ("clean", "phone")] for a in accents]
    )
    assert association(recorded) > 0.8
