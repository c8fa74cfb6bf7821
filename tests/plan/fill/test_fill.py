"""Choosing donors: caps, cleanliness, spread, and that no other choice fills more (against an integer program)."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from pipelines.plan.fill.donors import Recording
from pipelines.plan.fill.fill import CellState, fill_cells
from pipelines.plan.targets.cells import SpeakerCap, SplitTarget
from tests.plan.corpus import cell_of, donor, pool_of

NO_CAP = SpeakerCap()

donors_drawn = st.lists(
    st.tuples(
        st.integers(0, 4), st.sampled_from([12.0, 18.0, 22.0, 60.0]), st.sampled_from(["clean", "phone"]), st.integers(0, 3)
    ),
    min_size=1,
    max_size=9,
)
cells_drawn = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from([None, (5.0, 15.0), (10.0, 12.0), (0.0, 40.0)])), min_size=1, max_size=5
)


def problem(donors, cells, cap: int, max_uses: int) -> tuple[list[Recording], list[CellState]]:
    recordings = [donor(n, f"s{speaker}", snr_db, condition=name) for n, (speaker, snr_db, name, _) in enumerate(donors)]
    pool = pool_of(recordings, max_uses, {f"rec-{n:04}": used for n, (*_, used) in enumerate(donors)})
    names = ["phone", "a", "b", "c", "d"]
    states = [
        cell_of(pool, SpeakerCap(utterances=cap), names[n], SplitTarget(utterances=rows), snr_db)
        for n, (rows, snr_db) in enumerate(cells)
    ]
    return recordings, states


def most(donors, recordings: list[Recording], cells: list[CellState], cap: int, max_uses: int) -> int:
    """The most rows that can be simulated, by an integer program over every recording and cell."""
    pairs = [
        (r, c)
        for r, recording in enumerate(recordings)
        for c, cell in enumerate(cells)
        if recording.serves(cell.demand.need, cell.demand.need.snr_db)
    ]
    if not pairs:
        return 0
    rows, limits = [], []
    for r in range(len(recordings)):
        rows.append([float(pair[0] == r) for pair in pairs])
        limits.append(max(0, max_uses - donors[r][3]))
    for c, cell in enumerate(cells):
        rows.append([float(pair[1] == c) for pair in pairs])
        limits.append(cell.demand.target.utterances or 0)
        for speaker in {recording.speaker_id for recording in recordings}:
            rows.append([float(pair[1] == c and recordings[pair[0]].speaker_id == speaker) for pair in pairs])
            limits.append(cap)
    found = milp(-np.ones(len(pairs)), constraints=LinearConstraint(np.array(rows), -np.inf, limits), integrality=1)
    return round(-found.fun)


@settings(max_examples=200, deadline=None)
@given(donors_drawn, cells_drawn, st.integers(1, 4), st.integers(0, 4))
def test_caps_hold_and_no_other_choice_fills_more(donors, cells, cap, max_uses) -> None:
    recordings, states = problem(donors, cells, cap, max_uses)
    fill_cells(states, {})
    by_recording = Counter({index: donors[index][3] for index in range(len(donors))})
    for cell in states:
        by_speaker: Counter[str] = Counter()
        assert cell.utterances == cell.uses.total() <= (cell.demand.target.utterances or 0)
        for index, count in cell.uses.items():
            by_recording[index] += count
            by_speaker[recordings[index].speaker_id] += count
            assert not count or recordings[index].serves(cell.demand.need, cell.demand.need.snr_db)
        assert max(by_speaker.values(), default=0) <= cap
        assert {speaker: count for speaker, count in by_speaker.items() if count} == dict(cell.speakers)
    assert all(count <= max(max_uses, donors[index][3]) for index, count in by_recording.items())
    assert sum(cell.utterances for cell in states) == most(donors, recordings, states, cap, max_uses)


@settings(deadline=None)
@given(donors_drawn, cells_drawn, st.integers(1, 4), st.integers(0, 4), st.randoms(use_true_random=False))
def test_the_order_of_the_recordings_plays_no_part(donors, cells, cap, max_uses, random) -> None:
    def chosen(order: list[int]) -> list[dict[str, int]]:
        recordings, _ = problem(donors, cells, cap, max_uses)
        pool = pool_of([recordings[n] for n in order], max_uses, {f"rec-{n:04}": used for n, (*_, used) in enumerate(donors)})
        states = [
            cell_of(pool, SpeakerCap(utterances=cap), str(n), SplitTarget(utterances=rows), snr_db)
            for n, (rows, snr_db) in enumerate(cells)
        ]
        fill_cells(states, {str(n): 3 for n in range(len(cells))})
        return [{recordings[index].recording_id: count for index, count in cell.uses.items() if count} for cell in states]

    order = list(range(len(donors)))
    first = chosen(order)
    random.shuffle(order)
    assert chosen(order) == first


def test_speakers_come_before_recordings() -> None:
    """Ten rows from one speaker with nine recordings and one with a single one: five and five."""
    recordings = [donor(n, "a" if n else "b") for n in range(10)]
    cell = cell_of(pool_of(recordings, 10), NO_CAP, "street", SplitTarget(utterances=10))
    fill_cells([cell], {})
    assert cell.speakers == {"a": 5, "b": 5}
    assert max(count for index, count in cell.uses.items() if index) == 1


def test_recorded_rows_count_towards_the_spread_but_not_towards_the_cap() -> None:
    recordings = [donor(0, "a"), donor(1, "b")]
    cell = cell_of(pool_of(recordings, 10), SpeakerCap(utterances=2), "street", SplitTarget(utterances=6))
    cell.hold("a", 4.0)
    cell.hold("a", 4.0)
    fill_cells([cell], {})
    assert cell.speakers == {"a": 4, "b": 2}
    cell = cell_of(pool_of(recordings, 10), NO_CAP, "street", SplitTarget(utterances=4))
    cell.hold("a", 4.0)
    cell.hold("a", 4.0)
    fill_cells([cell], {})
    assert cell.speakers == {"a": 2, "b": 2}


def test_uses_are_spread_over_the_recordings_of_all_conditions() -> None:
    pool = pool_of([donor(n, f"s{n // 5}") for n in range(20)], 50)
    cells = [cell_of(pool, NO_CAP, f"c{n}", SplitTarget(utterances=20)) for n in range(7)]
    fill_cells(cells, {})
    uses = sum((cell.uses for cell in cells), Counter())
    assert set(uses.values()) == {7}
    assert all(set(cell.speakers.values()) == {5} for cell in cells)


def test_every_condition_hears_all_recordings_of_a_speaker() -> None:
    """Cells that take turns in step with the recordings would else each hear the same one again and again."""
    pool = pool_of([donor(n, "s") for n in range(4)], 50)
    cells = [cell_of(pool, NO_CAP, f"c{n}", SplitTarget(utterances=8)) for n in range(4)]
    fill_cells(cells, {})
    assert all(set(cell.uses.values()) == {2} and len(cell.uses) == 4 for cell in cells)


def test_no_condition_starves_another() -> None:
    pool = pool_of([donor(n, f"s{n}") for n in range(3)], 4)
    cells = [cell_of(pool, NO_CAP, f"c{n}", SplitTarget(utterances=10)) for n in range(4)]
    fill_cells(cells, {})
    assert [cell.utterances for cell in cells] == [3, 3, 3, 3]


def test_a_donor_is_freed_for_the_cell_that_has_no_other() -> None:
    """The clean recording is the only one that the quiet condition can use; the phone could do with any."""
    pool = pool_of([donor(0, "a", 60.0), donor(1, "b", 12.0)], 1)
    cells = [
        cell_of(pool, NO_CAP, "phone", SplitTarget(utterances=1)),
        cell_of(pool, NO_CAP, "quiet", SplitTarget(utterances=1), (20, 30)),
    ]
    fill_cells(cells, {})
    assert [cell.utterances for cell in cells] == [1, 1]


def test_a_recording_is_not_simulated_into_the_condition_that_it_is_in() -> None:
    pool = pool_of([donor(0, "a", condition="clean"), donor(1, "b", condition="phone")], 9)
    cell = cell_of(pool, NO_CAP, "phone", SplitTarget(utterances=4))
    fill_cells([cell], {})
    assert cell.speakers == {"a": 4}


def test_the_cleanest_donors_are_kept_for_the_highest_snr() -> None:
    """Five strata of 0 to 20 dB; three of the ten speakers are clean enough for the upper half."""
    recordings = [donor(n, f"s{n}", 60.0 if n < 3 else 18.0) for n in range(10)]
    cell = cell_of(pool_of(recordings, 9), NO_CAP, "street", SplitTarget(utterances=5), (0, 20))
    fill_cells([cell], {})
    assert sum(cell.speakers[f"s{n}"] for n in range(3)) == 3
    assert len(cell.speakers) == 5


def test_seconds_are_filled_and_the_cap_is_kept_to_the_second() -> None:
    recordings = [donor(n, f"s{n % 3}", duration_s=1.0 + n % 5) for n in range(30)]
    cell = cell_of(pool_of(recordings, 9), SpeakerCap(seconds=40.0), "street", SplitTarget(seconds=100.0), (5, 15))
    fill_cells([cell], {})
    assert 100.0 <= cell.seconds < 105.0
    for speaker in cell.speakers:
        assert (
            sum(recordings[i].duration_s * count for i, count in cell.uses.items() if recordings[i].speaker_id == speaker) <= 40.0
        )
    short = cell_of(pool_of(recordings, 9), SpeakerCap(seconds=20.0), "street", SplitTarget(seconds=100.0))
    fill_cells([short], {})
    assert short.seconds == pytest.approx(60.0, abs=3.0)
    assert short.seconds <= 60.0


def test_missing_speakers_are_added_above_the_target_of_rows() -> None:
    pool = pool_of([donor(n, f"s{n}") for n in range(4)], 9)
    cell = cell_of(pool, NO_CAP, "street", SplitTarget(utterances=2), (5, 15))
    cell.hold("s0", 4.0)
    cell.hold("s0", 4.0)
    fill_cells([cell], {"street": 3})
    assert len(cell.speakers) == 3
    assert cell.utterances == 4
