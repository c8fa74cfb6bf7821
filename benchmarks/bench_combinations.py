"""``panvox plan`` of one condition that combines 777,600 values: how many rows it takes, whether they hold all tuples, how long.

24 accents × 3 genders × 5 age bands of people, 8 noises × 5 bands of SNR × 9 handsets × 6 rooms. No audio is touched. The bounds
are of the fewest rows possible: as many as the three (or two) factors with the most values have tuples.

python -m benchmarks.bench_combinations
"""

from __future__ import annotations

import json
import shutil
from itertools import combinations, product
from math import prod
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.corpus import BENCH
from benchmarks.figures import Figure, Findings, Size, run_alone
from benchmarks.plan_corpus import manifest
from benchmarks.process import PANVOX, run
from pipelines import storage
from pipelines.corpus import Corpus, write_json, write_table
from pipelines.run import Run
from pipelines.workers.runner import parse_options

OBSERVED = {"accent": 24, "gender": 3, "age_band": 5}
ASSIGNABLE = {"noise": 8, "snr_db": 5, "handset": 9, "room": 6}
RECORDINGS = 6
"""Of each of the 360 people."""

MOST = {2: 1.05, 3: 1.10}
LONGEST_S = 60.0


def measure(size: Size) -> Findings:
    """Plan the design for pairs and for triples; ``size`` changes nothing."""
    findings = Findings()
    sizes = (OBSERVED | ASSIGNABLE).values()
    for strength, most in MOST.items():
        config, corpus = _make(strength)
        finished = run([*PANVOX, "plan", str(config), "--output", corpus.root])
        recipes = corpus.read_recipes([*OBSERVED, *ASSIGNABLE, "origin"]).to_pandas()
        rows = recipes[recipes.origin == "simulated"].assign(snr_db=lambda frame: frame.snr_db // 5)
        fewest = prod(sorted(sizes)[-strength:])
        tuples = sum(len(rows[list(names)].drop_duplicates()) for names in combinations(OBSERVED | ASSIGNABLE, strength))
        findings.hold_rows(sum(map(prod, combinations(sizes, strength))), **{f"tuples of {strength}": tuples})
        findings.add(
            Figure(f"combinations of {strength}", len(rows) / fewest, "×", most, "<", f"{len(rows)} rows, at least {fewest}")
        )
        findings.add(Figure(f"combinations of {strength}, plan", finished.seconds, "s", LONGEST_S, "<"))
    return findings


def _make(strength: int) -> tuple[Path, Corpus]:
    """A configuration, and an output directory whose ingest counts as done."""
    root = BENCH / f"combinations-{strength}"
    shutil.rmtree(root, ignore_errors=True)
    (root / "audio").mkdir(parents=True)
    (root / "recordings.csv").write_text("recording_id,audio,text,speaker_id\n")
    values = {name: [f"{name}{number}" for number in range(size)] for name, size in (OBSERVED | ASSIGNABLE).items()}
    parts = {
        "noises": {name: {"colour": "pink"} for name in values["noise"]},
        "handsets": {name: {"codecs": ["g711_ulaw"]} for name in values["handset"]},
        "rooms": {name: {"t60_s": 0.4, "distance_m": 1.0, "dimensions_m": [6, 5, 3]} for name in values["room"]},
    }
    bands = [[5 * number, 5 * number + 5] for number in range(ASSIGNABLE["snr_db"])]
    factors = {name: bands if name == "snr_db" else values[name] for name in ASSIGNABLE}
    conditions = [{"name": "clean", "match": {"snr_db": {"min": 30}}}, {"name": "grid", "factors": factors, "strength": strength}]
    settings = {
        "name": "grid",
        "sources": [{"metadata": "recordings.csv", "audio_root": "audio"}],
        **parts,
        "conditions": conditions,
    }
    (root / "corpus.yaml").write_text(json.dumps(settings, indent=1))
    corpus = Corpus(str(root / "out"))
    Run(str(root / "corpus.yaml"), corpus.root, parse_options([]))
    people = list(product(*(values[name] for name in OBSERVED)))
    rows = len(people) * RECORDINGS
    table = manifest(rows, np.random.default_rng(strength))
    made = {
        "speaker_id": [f"speaker-{row // RECORDINGS:03}" for row in range(rows)],
        "condition": ["clean"] * rows,
        "snr_db": [50.0] * rows,
        **{name: [people[row // RECORDINGS][place] for row in range(rows)] for place, name in enumerate(OBSERVED)},
    }
    for name, column in made.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), pa.array(column, table.schema.field(place).type))
    write_table(corpus.path("manifest", "part-00000.parquet"), table)
    write_json(corpus.stage_file("ingest"), {"records_read": rows, "accepted": rows, "quarantined": {}, "banks": []})
    storage.remove(corpus.stage_file("plan"))
    return root / "corpus.yaml", corpus


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
