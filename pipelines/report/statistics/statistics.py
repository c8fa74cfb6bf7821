"""``coverage/statistics.json``: what the counts say about balance and people, in numbers that programs can read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from pipelines.corpus import Corpus, read_json
from pipelines.report.counts.count import ALL, UNTARGETED_ACCENTS, UNTARGETED_CONDITIONS
from pipelines.report.counts.coverage import Coverage
from pipelines.report.counts.crosstab import Crosstab
from pipelines.report.counts.people import RECORDED, REPORTED, Held
from pipelines.report.statistics.association import Association, Counts, associate, find_confounded
from pipelines.report.statistics.diversity import hill_numbers, kish
from pipelines.report.statistics.representation import describe_population, population_caveats
from schemas.population import PopulationConfig

PersonFact = tuple[tuple[Any, ...], Held]


def statistics_file(corpus: Corpus) -> str:
    """Where the statistics stand."""
    return corpus.path("coverage", "statistics.json")


def read_statistics(corpus: Corpus) -> dict[str, Any]:
    """``coverage/statistics.json``; see :data:`schemas.documents.STATISTICS`."""
    return dict(read_json(statistics_file(corpus)))


def describe(
    coverage: Coverage, by_source: Crosstab, people: Iterable[PersonFact], population: PopulationConfig | None
) -> dict[str, Any]:
    """All statistics of a corpus.

    Args:
        coverage: counted from its shards.
        by_source: its rows by accent and source.
        people: what its speakers add (:func:`pipelines.report.counts.people.facts_of_person`), summed by key.
        population: the reference; None without one.
    """
    by_condition = counts_of_coverage(coverage)
    of_sources = counts_of_crosstab(by_source)
    associations = [
        associate(("accent", "condition"), "recorded", "rows", by_condition("utterances", "recorded")),
        associate(("accent", "condition"), "recorded", "speakers", by_condition("speakers", "recorded")),
        associate(("accent", "source"), "recorded", "rows", of_sources("utterances", "recorded")),
        associate(("accent", "source"), "recorded", "speakers", of_sources("speakers", "recorded")),
        associate(("accent", "condition"), ALL, "rows", targeted(by_condition("utterances", ALL))),
    ]
    confounded = [
        *find_confounded("condition", by_condition("utterances", "recorded")),
        *find_confounded("source", of_sources("utterances", "recorded")),
    ]
    facts = dict(people)
    speakers = _speakers(facts)
    reported = {(key[1], key[2]): held for key, held in facts.items() if key[0] == REPORTED}
    described = None if population is None else describe_population(reported, population)
    return {
        "association": [_as_json(each) for each in associations],
        "confounded": [asdict(each) | {"accents": list(each.accents), "sentence": str(each)} for each in confounded],
        "diversity": _diversity(coverage, facts),
        "speakers": speakers,
        "population": described,
        "caveats": [] if described is None else population_caveats(described),
    }


CountsOf = Callable[[str, str], Counts]
"""Counts of a measure in rows of an origin, by pairs of values."""


def counts_of_coverage(coverage: Coverage) -> CountsOf:
    """Counts by accent and condition, of accents that were declared and known."""

    def counts(measure: str, origin: str) -> dict[tuple[str, str], int]:
        return {
            (accent, condition): int(coverage.value(measure, accent=accent, condition=condition, origin=origin))
            for accent in coverage.accents
            for condition in coverage.conditions
            if accent not in UNTARGETED_ACCENTS
        }

    return counts


def counts_of_crosstab(crosstab: Crosstab) -> CountsOf:
    """Counts by the two dimensions of a table; of accents, those that were declared and known."""

    def counts(measure: str, origin: str) -> dict[tuple[str, str], int]:
        found = {}
        for values in crosstab.combinations():
            left_out = any(
                name == "accent" and value in UNTARGETED_ACCENTS for name, value in zip(crosstab.dimensions, values, strict=True)
            )
            if not left_out:
                one, other = (crosstab.label(place, value) for place, value in enumerate(values))
                found[one, other] = int(crosstab.value(measure, values, origin))
        return found

    return counts


def targeted(counts: Counts) -> Counts:
    """The counts of conditions that are configured."""
    return {pair: count for pair, count in counts.items() if pair[1] not in UNTARGETED_CONDITIONS}


def _as_json(each: Association) -> dict[str, Any]:
    return asdict(each) | {"dimensions": list(each.dimensions)}


def _speakers(facts: Mapping[tuple[Any, ...], Held]) -> dict[str, Any]:
    sizes: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for key, held in facts.items():
        if key[0] == RECORDED:
            sizes[key[1]].append((float(key[2]), held[0]))
    return {
        "n_eff": kish(sizes.get(ALL, ())),
        "accents": {accent: kish(of_accent) for accent, of_accent in sorted(sizes.items()) if accent != ALL},
    }


def _diversity(coverage: Coverage, facts: Mapping[tuple[Any, ...], Held]) -> dict[str, list[float]]:
    accents = [accent for accent in coverage.accents if accent not in UNTARGETED_ACCENTS]
    conditions = [condition for condition in coverage.conditions if condition not in UNTARGETED_CONDITIONS]
    return {
        "accents_by_speakers": list(hill_numbers([(coverage.value("speakers", accent=accent), 1) for accent in accents])),
        "speakers_by_recordings": list(
            hill_numbers([(float(key[2]), held[0]) for key, held in facts.items() if key[0] == RECORDED and key[1] == ALL])
        ),
        "conditions_by_recordings": list(
            hill_numbers([(coverage.value("utterances", condition=each, origin="recorded"), 1) for each in conditions])
        ),
        "conditions_by_rows": list(hill_numbers([(coverage.value("utterances", condition=each), 1) for each in conditions])),
    }


def association_line(each: Mapping[str, Any]) -> str:
    """An association in a line."""
    one, other = each["dimensions"]
    rows = "recorded rows" if each["origin"] == "recorded" else "recorded and simulated rows"
    over = rows if each["over"] == "rows" else f"the speakers of {rows}"
    if each["v"] is None:
        return f"Cramér's V of {one} and {other}, over {over}: none, for one of them has a single value"
    corrected = f"{each['v_corrected']:.2f}"
    return f"Cramér's V of {one} and {other}, over {over}: {each['v']:.2f}, {corrected} less its bias, n = {each['n']:,}"
