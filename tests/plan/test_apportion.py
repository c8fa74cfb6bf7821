from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from pipelines.plan.apportion import bounded_remainder, largest_remainder, stable_hash

shares = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 1.0), min_size=1)


@given(st.integers(0, 10_000_000), shares)
def test_parts_add_up_and_lie_within_one_of_their_share(total: int, shares: dict[str, float]) -> None:
    parts = largest_remainder(total, shares)
    assert sum(parts.values()) == total
    whole = sum(shares.values())
    assert all(abs(parts[key] - total * share / whole) < 1 for key, share in shares.items())


def test_the_largest_remainders_get_what_is_left() -> None:
    assert largest_remainder(6, {"train": 0.8, "dev": 0.1, "test": 0.1}) == {"train": 5, "dev": 1, "test": 0}
    assert largest_remainder(100, {"train": 0.8, "dev": 0.1, "test": 0.1}) == {"train": 80, "dev": 10, "test": 10}


@given(
    st.lists(st.tuples(st.floats(-2, 30), st.integers(0, 5), st.integers(0, 30)), min_size=1, max_size=20), st.integers(0, 300)
)
def test_bounded_parts_keep_their_bounds_and_reach_the_total_where_these_allow(
    wanted: list[tuple[float, int, int]], total: int
) -> None:
    lows = [low for _, low, _ in wanted]
    highs = [low + room for _, low, room in wanted]
    parts = bounded_remainder(total, [ideal for ideal, _, _ in wanted], lows, highs, list(range(len(wanted))))
    assert all(low <= part <= high for low, part, high in zip(lows, parts, highs, strict=True))
    assert sum(parts) == min(max(total, sum(lows)), sum(highs))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=20), st.floats(0.05, 0.5))
def test_unbounded_parts_lie_within_one_of_their_ideal(sizes: list[int], share: float) -> None:
    ideals = [share * size for size in sizes]
    parts = bounded_remainder(round(sum(ideals)), ideals, [0] * len(sizes), sizes, list(range(len(sizes))))
    assert all(abs(part - ideal) < 1 + 1e-6 for part, ideal in zip(parts, ideals, strict=True))


def test_a_hash_is_the_same_in_every_process_and_tells_parts_apart() -> None:
    code = "from pipelines.plan.apportion import stable_hash; print(stable_hash(7, 'ä', 'b'))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == stable_hash(7, "ä", "b") != stable_hash(7, "äb", "")
    assert 0 <= stable_hash("x") < 1 << 63
