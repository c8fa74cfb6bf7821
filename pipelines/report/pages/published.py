"""What may be given on where ``publish`` asks for a least number of people: report, card, description and matrices."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipelines import storage
from pipelines.corpus import Corpus, iterate_tables
from pipelines.report.counts.count import ALL, ORIGINS, as_table
from pipelines.report.counts.coverage import MEASURES, Coverage, matrix_csv, read_coverage
from pipelines.report.counts.together import Pairs, columns_together, shown_value, values_together
from pipelines.report.pages import card
from pipelines.report.pages.croissant import croissant, write_document
from pipelines.report.pages.facts import SIMULATED, FacetRow, Facts, plural
from pipelines.report.pages.held import Held, Place
from pipelines.report.pages.linked import Table, withheld_values
from pipelines.report.pages.responsible import responsible
from pipelines.report.pages.suppress import suppressed_cells, suppressed_values
from schemas.licences import conflicts
from schemas.publish import SUPPRESSED

_STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2em auto;max-width:70em;padding:0 1em}table{border-collapse:collapse;margin:1em 0}"
    "td,th{border:1px solid #ccc;padding:.2em .6em;text-align:right}th:first-child{text-align:left}div{overflow-x:auto}"
)


@dataclass(frozen=True)
class Grid:
    """A table to show: its heads, and rows of texts."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def withheld_cells(coverage: Coverage, least: int) -> frozenset[Place]:
    """The cells and totals of accent × condition to withhold."""
    places = [(accent, condition) for accent in (*coverage.accents, ALL) for condition in (*coverage.conditions, ALL)]
    return suppressed_cells({place: _held(coverage, *place) for place in places}, least)


def _held(coverage: Coverage, accent: str, condition: str) -> Held:
    utterances, speakers = (int(coverage.value(name, accent=accent, condition=condition)) for name in ("utterances", "speakers"))
    return Held(utterances, speakers)


def write_published_matrices(corpus: Corpus, least: int) -> None:
    """Write the CSV matrices anew without what is withheld, and remove tables and pictures that withhold nothing."""
    table = read_coverage(corpus)
    withheld = withheld_cells(Coverage(table), least)
    for measure in MEASURES:
        storage.write_text(
            corpus.path("coverage", f"{measure}.csv"), matrix_csv(table, measure, lambda *place: place in withheld)
        )
    for pattern in ("by-*.csv", "heatmap-*.png"):
        for file in storage.list_files(corpus.path("coverage"), pattern):
            storage.remove(file)


def write_published(corpus: Corpus, facts: Facts, least: int) -> None:
    """Write ``report.html``, ``card.md`` and ``croissant.json`` with no number of fewer than ``least`` speakers.

    No clip is in them: a voice is a person's, however many stand beside it.
    """
    environment = Environment(
        loader=PackageLoader("pipelines.report"),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"text": card.escape, "cell": card.cell}
    fields = fields_to_hold(facts.coverage, facts.facets, least)
    batches = iterate_tables(corpus.shard_files(), columns_together(fields))
    together = values_together((as_table(batch) for _, batch in batches), fields, least)
    licences = [row.value for row in facts.facets.get("licence", ()) if row.value is not None]
    given: dict[str, Any] = {
        "facts": facts,
        "least": least,
        "mark": SUPPRESSED,
        "grids": grids(facts.coverage, facts.facets, together, least),
        "imputed": [field.replace("_", " ") for field, _, _ in facts.imputed],
        "is_counted": (facts.config.get("policy") or {}).get("imputed") == "mark",
        "conflicts": conflicts(licences, is_adapted=bool(facts.ledger.simulated)),
        "answers": responsible(facts, counted=False),
        "questions": card.questions(facts, counted=False),
        "style": _STYLE,
        "digest": base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode(),
    }
    for name, target in (("published.html.j2", "report.html"), ("published.md.j2", "card.md")):
        storage.write_text(corpus.path(target), environment.get_template(name).render(given))
    document = croissant(facts, counted=False)
    document["description"] = _description(facts, least)
    document["rai:dataLimitations"] = [
        f"Numbers of fewer than {least} speakers are withheld, and others from which they follow.",
        *([SIMULATED] if facts.ledger.simulated else []),
    ]
    write_document(corpus, document)


def _description(facts: Facts, least: int) -> str:
    """What the corpus is, without numbers but those of all rows and speakers."""
    coverage, told = facts.coverage, ""
    speakers, utterances, hours = (coverage.value(name) for name in ("speakers", "utterances", "hours"))
    if speakers >= least:
        told = f": {int(speakers):,} speakers, {int(utterances):,} utterances, {hours:,.2f} hours"
    return (
        f"Speech in {plural(len(facts.accents), 'declared accent')} and {plural(len(facts.conditions), 'acoustic condition')}"
        f"{told}, FLAC in Parquet files. Simulation adds conditions, never speakers. No speaker, recording, noise or room "
        "response stands in two splits. The licence of each row is its own; those that were found are listed."
    )


def grids(
    coverage: Coverage, facets: Mapping[str, Sequence[FacetRow]], together: Mapping[tuple[str, str], Pairs], least: int
) -> list[Grid]:
    """The matrices, and a table of each field that is given of people and recordings.

    Args:
        coverage: counted from the shards.
        facets: rows by value of each facet.
        together: for every two of :func:`fields_to_hold`, the pairs of their values that rows have.
        least: fewest speakers of a number that is published.
    """
    is_few = coverage.value("speakers") < least
    withheld = withheld_cells(coverage, least)
    found = []
    for measure in MEASURES:
        rows = [
            [
                _name(accent),
                *(
                    SUPPRESSED
                    if is_few or (accent, condition) in withheld
                    else _shown(measure, coverage.value(measure, accent=accent, condition=condition))
                    for condition in (*coverage.conditions, ALL)
                ),
            ]
            for accent in (*coverage.accents, ALL)
        ]
        found.append(Grid(f"{measure} by accent and condition", ["accent", *map(_name, (*coverage.conditions, ALL))], rows))
    told = _margins(coverage, withheld)
    for field, values in _fields(coverage, facets).items():
        held = _held_of(values)
        pairs = {other: together[other, field] for other in told if (other, field) in together}
        hidden = None if is_few else withheld_values(held, least, told, pairs)
        if hidden is not None:
            told[field] = Table(held, hidden)
        rows = [
            [
                value,
                *(SUPPRESSED if hidden is None or value in hidden else _shown(measure, each[measure]) for measure in MEASURES),
            ]
            for value, each in values.items()
        ]
        found.append(Grid(f"by {field.replace('_', ' ')}", [field.replace("_", " "), *MEASURES], rows))
    return found


def fields_to_hold(coverage: Coverage, facets: Mapping[str, Sequence[FacetRow]], least: int) -> list[str]:
    """Fields whose tables have to be held against each other: not those that are withheld whole, which may have many values."""
    found = ["accent", "condition"]
    for field, values in _fields(coverage, facets).items():
        withheld = suppressed_values(_held_of(values), least)
        if withheld is not None and len(withheld) < len(values):
            found.append(field)
    return found


def _held_of(values: Mapping[str, Mapping[str, float]]) -> dict[str, Held]:
    return {value: Held(int(each["utterances"]), int(each["speakers"])) for value, each in values.items()}


def _margins(coverage: Coverage, withheld: frozenset[Place]) -> dict[str, Table]:
    """The totals of accents and of conditions as tables of their own, if they are shown."""
    accents = {accent: _held(coverage, accent, ALL) for accent in coverage.accents}
    conditions = {condition: _held(coverage, ALL, condition) for condition in coverage.conditions}
    found = {
        "accent": Table(accents, frozenset(accent for accent in accents if (accent, ALL) in withheld)),
        "condition": Table(conditions, frozenset(condition for condition in conditions if (ALL, condition) in withheld)),
    }
    return {field: table for field, table in found.items() if table.withheld < table.values.keys()}


def _fields(coverage: Coverage, facets: Mapping[str, Sequence[FacetRow]]) -> dict[str, dict[str, Mapping[str, float]]]:
    """The measures of each value of the fields that have tables of one dimension, by field."""
    fields: dict[str, dict[str, Mapping[str, float]]] = {
        "split": {split: {name: coverage.value(name, split) for name in MEASURES} for split in coverage.splits},
        "origin": {
            origin: {name: coverage.value(name, origin=origin) for name in MEASURES}
            for origin in ORIGINS
            if coverage.value("utterances", origin=origin)
        },
    }
    for facet, values in facets.items():
        if any(row.value is not None for row in values):
            fields[facet] = {
                shown_value(row.value): {
                    "utterances": row.recorded + row.simulated,
                    "hours": row.hours,
                    "speakers": row.speakers,
                }
                for row in values
            }
    return fields


def _shown(measure: str, value: float) -> str:
    return f"{value:,.3f}" if measure == "hours" else f"{int(value):,}"


def _name(value: str) -> str:
    return "all" if value == ALL else value
