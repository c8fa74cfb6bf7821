"""What may be given on where ``publish`` asks for a least number of people: report, card, description and matrices."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipelines import storage
from pipelines.corpus import Corpus
from pipelines.report.counts.count import ALL
from pipelines.report.counts.coverage import MEASURES, Coverage, matrix_csv, read_coverage
from pipelines.report.pages import card
from pipelines.report.pages.croissant import croissant, write_document
from pipelines.report.pages.facts import SIMULATED, Facts
from pipelines.report.pages.responsible import responsible
from pipelines.report.pages.suppress import Held, Place, suppressed_cells, suppressed_values
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


def withheld_cells(coverage: Coverage, least: int) -> frozenset[Place] | None:
    """The cells and totals of accent × condition to withhold; None for all of them but the grand total."""
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
        storage.write_text(corpus.path("coverage", f"{measure}.csv"), matrix_csv(table, measure, _is_withheld(withheld)))
    for pattern in ("by-*.csv", "heatmap-*.png"):
        for file in storage.list_files(corpus.path("coverage"), pattern):
            storage.remove(file)


def _is_withheld(withheld: frozenset[Place] | None) -> Callable[[str, str], bool]:
    return lambda accent, condition: withheld is None or (accent, condition) in withheld


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
    licences = [row.value for row in facts.facets.get("licence", ()) if row.value is not None]
    given: dict[str, Any] = {
        "facts": facts,
        "least": least,
        "mark": SUPPRESSED,
        "grids": grids(facts, least),
        "conflicts": conflicts(licences, is_adapted=bool(facts.ledger.simulated)),
        "answers": responsible(facts, counted=False),
        "questions": card.questions(facts, counted=False),
        "style": _STYLE,
        "digest": base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode(),
    }
    for name, target in (("published.html.j2", "report.html"), ("published.md.j2", "card.md")):
        storage.write_text(corpus.path(target), environment.get_template(name).render(given))
    document = croissant(facts, counted=False)
    document["rai:dataLimitations"] = [
        f"Numbers of fewer than {least} speakers are withheld, and others from which they follow.",
        *([SIMULATED] if facts.ledger.simulated else []),
    ]
    write_document(corpus, document)


def grids(facts: Facts, least: int) -> list[Grid]:
    """The matrices, and a table of each field that is given of people and recordings."""
    coverage = facts.coverage
    hides = _is_withheld(withheld_cells(coverage, least))
    found = []
    for measure in MEASURES:
        rows = [
            [
                _name(accent),
                *(
                    _shown(measure, coverage.value(measure, accent=accent, condition=condition))
                    if (accent, condition) == (ALL, ALL) or not hides(accent, condition)
                    else SUPPRESSED
                    for condition in (*coverage.conditions, ALL)
                ),
            ]
            for accent in (*coverage.accents, ALL)
        ]
        found.append(Grid(f"{measure} by accent and condition", ["accent", *map(_name, (*coverage.conditions, ALL))], rows))
    splits = {split: {name: coverage.value(name, split) for name in MEASURES} for split in coverage.splits}
    found.append(_one_dimension("split", splits, least))
    for facet, values in facts.facets.items():
        if any(row.value is not None for row in values):
            counted = {
                "not given" if row.value is None else row.value: {
                    "utterances": row.recorded + row.simulated,
                    "hours": row.hours,
                    "speakers": row.speakers,
                }
                for row in values
            }
            found.append(_one_dimension(facet.replace("_", " "), counted, least))
    return found


def _one_dimension(name: str, values: Mapping[str, Mapping[str, float]], least: int) -> Grid:
    held = {value: Held(int(each["utterances"]), int(each["speakers"])) for value, each in values.items()}
    withheld = suppressed_values(held, least)
    rows = [
        [
            value,
            *(SUPPRESSED if withheld is None or value in withheld else _shown(measure, each[measure]) for measure in MEASURES),
        ]
        for value, each in values.items()
    ]
    return Grid(f"by {name}", [name, *MEASURES], rows)


def _shown(measure: str, value: float) -> str:
    return f"{value:,.3f}" if measure == "hours" else f"{int(value):,}"


def _name(value: str) -> str:
    return "all" if value == ALL else value
