"""How far the people of a corpus stand for its reference population, before and after they are weighed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.plan.weights.people import groups_of, rake_splits
from pipelines.plan.weights.raking import Groups
from pipelines.report.counts.count import ALL
from pipelines.report.counts.people import Held, add_held
from pipelines.report.statistics.diversity import kish, kullback_leibler, total_variation
from schemas.population import MarginConfig, PopulationConfig
from schemas.splits import SPLITS

Values = tuple[str | None, ...]
Reported = Mapping[tuple[str, Values], Held]
"""What is held of the people of each split who report the same values, one a margin."""


def describe_population(reported: Reported, population: PopulationConfig) -> dict[str, Any]:
    """The population's part of ``coverage/statistics.json``; see :data:`schemas.documents.STATISTICS`.

    People are raked anew, all versions of the corpus together, from nothing but what they report: simulation changes none of it.
    What the rows' weights come to as they were written stands beside it.
    """
    raked = rake_splits(_kinds(reported, population).items(), population)
    described = {}
    for split in (ALL, *SPLITS):
        own = {key: held for key, held in reported.items() if split in (ALL, key[0])}
        if not own:
            continue
        weights = {key: raked[key[0]].weights[groups_of(key[1], population)] for key in own}
        people, unlike, _ = add_held(own.values())
        trimmed = [raked[each].trimming for each in raked if split in (ALL, each)]
        parts = [raked[each].people for each in raked if split in (ALL, each)]
        described[split] = {
            "people": people,
            "people_unlike": unlike,
            "n_eff": kish([(weights[key], held[0]) for key, held in own.items()]),
            "converged": all(raked[each].converged for each in raked if split in (ALL, each)),
            "error": max(raked[each].error for each in raked if split in (ALL, each)),
            "trimmed_people": sum(each.people for each in trimmed if each),
            "trimmed_share": math.fsum(each.share * part for each, part in zip(trimmed, parts, strict=True) if each) / people,
            "margins": [_describe_margin(place, margin, own, weights) for place, margin in enumerate(population.margins)],
        }
    return {"trim": population.trim, "splits": described}


def _kinds(reported: Reported, population: PopulationConfig) -> dict[tuple[str, Groups], int]:
    kinds: dict[tuple[str, Groups], int] = defaultdict(int)
    for (split, values), held in reported.items():
        kinds[split, groups_of(values, population)] += held[0]
    return kinds


def _describe_margin(
    place: int, margin: MarginConfig, own: Reported, weights: Mapping[tuple[str, Values], float]
) -> dict[str, Any]:
    reference, group_of = margin.known.proportions, margin.group_of
    people: dict[str, int] = dict.fromkeys(reference, 0)
    after: dict[str, list[float]] = {group: [] for group in reference}
    written: dict[str, list[float]] = {group: [] for group in reference}
    unknown: dict[str, int] = {}
    silent = 0
    for key, held in own.items():
        value = key[1][place]
        group = None if value is None else group_of.get(value)
        if value is None:
            silent += held[0]
        elif group is None:
            unknown[value] = unknown.get(value, 0) + held[0]
        else:
            people[group] += held[0]
            after[group].append(weights[key] * held[0])
            written[group].append(float(held[2]))
    before_shares = _shares(people)
    after_shares, written_shares = (
        _shares({group: math.fsum(sorted(each)) for group, each in sums.items()}) for sums in (after, written)
    )
    return {
        "field": margin.field,
        "source": margin.known.source,
        "year": margin.known.year,
        "universe": margin.known.universe,
        "groups": [
            {
                "group": group,
                "reference": reference[group],
                "people": people[group],
                "before": before_shares.get(group, 0.0),
                "after": after_shares.get(group, 0.0),
                "written": written_shares.get(group, 0.0),
            }
            for group in reference
        ],
        "people_silent": silent,
        "people_unknown": dict(sorted(unknown.items())),
        "total_variation": _three(total_variation, before_shares, after_shares, written_shares, reference),
        "kullback_leibler": _three(kullback_leibler, before_shares, after_shares, written_shares, reference),
    }


def _three(measure: Any, before: Any, after: Any, written: Any, reference: Any) -> dict[str, float | None]:
    named = {"before": before, "after": after, "written": written}
    return {name: measure(shares, reference) if shares else None for name, shares in named.items()}


def _shares(sums: Mapping[str, float]) -> dict[str, float]:
    """The groups' shares; nothing where nobody is in any."""
    total = math.fsum(sums.values())
    return {group: each / total for group, each in sums.items()} if total else {}


def population_caveats(described: Mapping[str, Any]) -> list[str]:
    """What a reader of weighted numbers must know."""
    whole = described["splits"].get(ALL)
    if whole is None:
        return []
    told = [line for margin in whole["margins"] for line in _margin_caveats(margin, whole["people"])]
    for split, each in described["splits"].items():
        if split != ALL and not each["converged"]:
            told.append(
                f"The margins contradict each other in {split}: after raking a group still misses its share by "
                f"{100 * each['error']:.1f} % of the people."
            )
    if whole["trimmed_people"]:
        told.append(
            f"Weights of {_people(whole['trimmed_people'])} were cut to {described['trim']:g} times the mean: "
            f"{100 * whole['trimmed_share']:.1f} % of all weight went to the others."
        )
    if whole["people_unlike"]:
        who = _people(whole["people_unlike"])
        report = "reports" if whole["people_unlike"] == 1 else "report"
        told.append(f"{who} {report} different things in different recordings: what most of them say counts.")
    return told


def _margin_caveats(margin: Mapping[str, Any], people: int) -> Iterator[str]:
    field = margin["field"]
    keep = "they keep together the share of the people that they are."
    missing = [group for group in margin["groups"] if not group["people"]]
    if missing:
        names, share = ", ".join(group["group"] for group in missing), math.fsum(group["reference"] for group in missing)
        yield f"Nobody stands for {names} ({100 * share:.1f} % of the reference by {field}): no weight can make up for it."
    unknown = sum(margin["people_unknown"].values())
    if unknown:
        yield f"The reference does not know {field} {', '.join(margin['people_unknown'])} ({_people(unknown)}): {keep}"
    if margin["people_silent"]:
        yield f"{margin['people_silent']:,} of {_people(people)} give no {field}: {keep}"


def _people(count: int) -> str:
    return f"{count:,} person" if count == 1 else f"{count:,} people"
