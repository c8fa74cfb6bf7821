"""Raking against what defines it: the margins, and the weights nearest to equal ones as another solver finds them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.plan.weights.raking import TOLERANCE, Groups, rake

REGION = {"north": 0.2, "south": 0.5, "west": 0.3}
AGE = {"young": 0.4, "old": 0.6}


def shares_of(people: Mapping[Groups, int], weights: Mapping[Groups, float], margin: int) -> dict[str | None, float]:
    found: dict[str | None, float] = {}
    for groups, count in people.items():
        found[groups[margin]] = found.get(groups[margin], 0.0) + weights[groups] * count
    return found


def nearest(people: Mapping[Groups, int], margins: Sequence[Mapping[str, float]]) -> dict[Groups, float]:
    """Weights of least Kullback-Leibler divergence from equal ones that meet the margins, by minimising the dual with BFGS."""
    kinds = list(people)
    counts = np.array([people[kind] for kind in kinds], float)
    rows, wanted = [], []
    for index, margin in enumerate(margins):
        unknown = np.array([kind[index] is None for kind in kinds])
        for group in sorted(margin):
            rows.append([float(kind[index] == group) for kind in kinds])
            wanted.append(margin[group] * counts[~unknown].sum())
        rows.append(unknown.astype(float).tolist())
        wanted.append(counts[unknown].sum())
    design, totals = np.array(rows), np.array(wanted)

    def dual(at: np.ndarray) -> tuple[float, np.ndarray]:
        weights = np.exp(at @ design)
        return float(counts @ weights - totals @ at), design @ (counts * weights) - totals

    found = scipy.optimize.minimize(dual, np.zeros(len(totals)), jac=True, method="BFGS", options={"gtol": 1e-9})
    return dict(zip(kinds, np.exp(found.x @ design).tolist(), strict=True))


KINDS = [*itertools.product([*REGION, None], [*AGE, None])]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 60), min_size=len(KINDS), max_size=len(KINDS)))
def test_the_margins_are_met_by_the_nearest_weights(counts: list[int]) -> None:
    people = dict(zip(KINDS, counts, strict=True))
    raked = rake(people, [REGION, AGE])
    assert raked.converged
    assert raked.people == sum(counts)
    for index, margin in enumerate((REGION, AGE)):
        found = shares_of(people, raked.weights, index)
        heads = {group: sum(count for kind, count in people.items() if kind[index] == group) for group in (*margin, None)}
        assert found.pop(None) == pytest.approx(heads[None], abs=1e-6 * raked.people)
        known = raked.people - heads[None]
        assert found == pytest.approx({group: share * known for group, share in margin.items()}, abs=1e-6 * raked.people)
    assert dict(raked.weights) == pytest.approx(nearest(people, [REGION, AGE]), rel=1e-4)


def test_one_margin_is_the_ratio_of_the_shares() -> None:
    raked = rake({("north",): 6, ("south",): 3, ("west",): 1}, [REGION])
    assert dict(raked.weights) == pytest.approx({("north",): 0.2 / 0.6, ("south",): 0.5 / 0.3, ("west",): 3.0})
    assert raked.rounds == 1


def test_a_group_that_nobody_is_in_leaves_the_others_their_proportions() -> None:
    raked = rake({("north",): 5, ("south",): 5}, [REGION])
    assert dict(raked.weights) == pytest.approx({("north",): 2 * 0.2 / 0.7, ("south",): 2 * 0.5 / 0.7})


def test_margins_that_contradict_each_other_end_with_the_error_and_no_weight_is_lost() -> None:
    raked = rake({("north", "young"): 10, ("south", "old"): 10}, [{"north": 0.2, "south": 0.8}, {"young": 0.5, "old": 0.5}])
    assert not raked.converged
    assert raked.error == pytest.approx(0.3)
    assert raked.rounds < 100
    assert all(weight > 1e-6 for weight in raked.weights.values())


@given(st.lists(st.integers(1, 60), min_size=3, max_size=3), st.floats(1.01, 4))
def test_trimming_keeps_the_mean_the_order_and_says_what_it_cut(counts: list[int], most: float) -> None:
    people: dict[Groups, int] = {(group,): count for group, count in zip(REGION, counts, strict=True)}
    whole, trimmed = rake(people, [REGION]), rake(people, [REGION], most)
    total = sum(counts)
    assert sum(trimmed.weights[kind] * count for kind, count in people.items()) == pytest.approx(total)
    assert max(trimmed.weights.values()) <= most * (1 + 1e-6)
    above = [kind for kind in people if whole.weights[kind] > most * (1 + TOLERANCE)]
    assert (trimmed.trimming is None) == (not above)
    if trimmed.trimming is not None:
        cut = [kind for kind in people if trimmed.weights[kind] == pytest.approx(most)]
        assert set(above) <= set(cut)
        assert trimmed.trimming.people == sum(people[kind] for kind in cut if whole.weights[kind] != trimmed.weights[kind])
        lost = sum((whole.weights[kind] - most) * people[kind] for kind in cut) / total
        assert trimmed.trimming.share == pytest.approx(lost, abs=1e-6)


def test_nobody_and_people_without_a_group() -> None:
    assert dict(rake({}, [REGION]).weights) == {}
    assert dict(rake({(None,): 4}, [REGION]).weights) == {(None,): 1.0}
