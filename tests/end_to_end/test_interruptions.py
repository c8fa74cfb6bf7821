"""Killed at random moments, a run goes on where it stopped, and comes to the same bytes as one that was left alone.

``PANVOX_KILLS=20`` repeats the chains of kills with so many seeds.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.end_to_end.command import (
    Done,
    ended,
    kill,
    left_over,
    panvox_ok,
    seeds,
    started,
    wait_for,
    workers,
)
from tests.end_to_end.output import digests, half_written, identities, shard_files

STAGES = ("run", "ingest", "plan", "render", "report")
"""Files of .work in the order in which they appear; each marks the end of one stage and the beginning of the next."""

WORKERS_LEAVE_WITHIN_S = 5.0
STAGE_BEGINS_WITHIN_S = 60.0
GOES_ON = "run the same command again, it goes on where this run stopped"


def durations(out: Path) -> dict[str, float]:
    """How long each stage of a finished run took, s."""
    marks = [(out / ".work" / f"{stage}.json").stat().st_mtime for stage in STAGES]
    return {stage: after - before for stage, before, after in zip(STAGES[1:], marks[:-1], marks[1:], strict=True)}


def moments(draw: random.Random, out: Path) -> list[tuple[str, float]]:
    """Stages to strike in and how far into each, s: every stage once, rendering twice."""
    spans = durations(out)
    return [(stage, draw.uniform(0, spans[stage])) for stage in ("ingest", "plan", "render", "render", "report")]


def wait_for_stage(out: Path, stage: str) -> bool:
    """Wait for a stage to begin; of rendering, for a first shard. False where the run has passed it."""
    before = out / ".work" / f"{STAGES[STAGES.index(stage) - 1]}.json"
    wait_for(before.exists, STAGE_BEGINS_WITHIN_S)
    if stage == "render":
        wait_for(lambda: shard_files(out), STAGE_BEGINS_WITHIN_S)
    return not has_passed(out, stage)


def has_passed(out: Path, stage: str) -> bool:
    """Whether a stage is over."""
    return (out / ".work" / f"{stage}.json").exists()


def check_end(small: Path, small_out: Path, out: Path, finished: dict[str, tuple[int, int, int]]) -> None:
    """The last run completes what is there: the same bytes, finished shards untouched, nothing half-written."""
    panvox_ok("run", small, "--output", out)
    assert digests(out) == digests(small_out)
    assert half_written(out) == []
    after = identities(out, "shards")
    assert {shard: after[shard] for shard in finished} == finished
    panvox_ok("verify", out)


@pytest.mark.parametrize("seed", seeds([1], "PANVOX_KILLS"))
def test_killed_run(small: Path, small_out: Path, tmp_path: Path, seed: int) -> None:
    """The run alone is killed, not its workers: they have to leave by themselves."""
    out = tmp_path / "out"
    struck, finished = 0, {}
    for stage, delay in moments(random.Random(seed), small_out):
        with started("run", small, "--output", out) as run:
            if not wait_for_stage(out, stage):
                continue
            wait_for(lambda stage=stage: has_passed(out, stage), delay)
            its_workers = workers(run.pid)
            if run.poll() is None:
                struck += 1
            kill(run.pid)
            run.wait()
            assert wait_for(lambda run=run: not left_over(run.pid), WORKERS_LEAVE_WITHIN_S), (stage, its_workers)
        kept = identities(out, "shards") if (out / "shards").exists() else {}
        assert {shard: kept[shard] for shard in finished} == finished
        finished = {name: identity for name, identity in kept.items() if ".tmp-" not in name}
    assert struck >= 3
    if not (out / "corpus.json").exists():
        leave_half_written(out)
    check_end(small, small_out, out, finished)


def leave_half_written(out: Path) -> None:
    """What a run leaves that is killed as it writes; readers pass it over and the next run removes it."""
    (out / "shards" / "train" / ".tmp-0123456789abcdef-small-train-v001-00000-of-00009.parquet").write_bytes(b"PAR1 half a shard")
    (out / "plan" / "recipes" / ".tmp-0123456789abcdef-part-v001-train-00000.parquet").write_bytes(b"PAR1")


@pytest.mark.parametrize("seed", seeds([1], "PANVOX_KILLS"))
def test_killed_worker(small: Path, small_out: Path, tmp_path: Path, seed: int) -> None:
    """The run ends at once with a message and leaves nothing behind. One without work is not missed; then another is."""
    out = tmp_path / "out"
    draw = random.Random(seed)
    struck, finished = 0, {}
    for stage, delay in moments(draw, small_out):
        with started("run", small, "--output", out) as run:
            if not wait_for_stage(out, stage):
                continue
            wait_for(lambda stage=stage: has_passed(out, stage), delay)
            while run.poll() is None:
                for victim in draw.sample(its_workers := workers(run.pid), min(1, len(its_workers))):
                    kill(victim)
                wait_for(lambda run=run: run.poll() is not None, 1.0)
            done = ended(run)
            if done.code:
                struck += 1
                check_told(done)
            assert wait_for(lambda run=run: not left_over(run.pid), WORKERS_LEAVE_WITHIN_S)
        kept = identities(out, "shards") if (out / "shards").exists() else {}
        assert {shard: kept[shard] for shard in finished} == finished
        finished = {name: identity for name, identity in kept.items() if ".tmp-" not in name}
    assert struck >= 2
    check_end(small, small_out, out, finished)


def check_told(done: Done) -> None:
    assert done.code == 1
    assert done.out == ""
    assert "Traceback" not in done.err
    assert (
        done.lines[-1] == f"panvox: a worker process was killed by signal 9, as the system does when memory runs out; {GOES_ON}"
    )
    assert sum(line.startswith("panvox: ") for line in done.lines) == 1


@pytest.mark.parametrize("to_group", [False, True], ids=["run", "terminal"])
def test_ctrl_c(small: Path, tmp_path: Path, to_group: bool) -> None:
    """A terminal sends it to the workers as well."""
    out = tmp_path / "out"
    with started("run", small, "--output", out) as run:
        assert wait_for(lambda: workers(run.pid), STAGE_BEGINS_WITHIN_S)
        time.sleep(0.5)
        if to_group:
            os.killpg(run.pid, signal.SIGINT)
        else:
            run.send_signal(signal.SIGINT)
        done = ended(run, timeout=30)
        assert done.code == 130
        assert done.lines[-1] == f"panvox: interrupted; {GOES_ON}"
        assert "Traceback" not in done.err
        assert wait_for(lambda: not left_over(run.pid), WORKERS_LEAVE_WITHIN_S)
    assert not (out / "corpus.json").exists()


def test_terminated_run_takes_its_workers_along(small: Path, tmp_path: Path) -> None:
    with started("run", small, "--output", tmp_path / "out") as run:
        assert wait_for(lambda: workers(run.pid), STAGE_BEGINS_WITHIN_S)
        run.terminate()
        assert ended(run, timeout=30).code == -signal.SIGTERM
        assert wait_for(lambda: not left_over(run.pid), WORKERS_LEAVE_WITHIN_S)
