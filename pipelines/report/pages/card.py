"""``card.md``: a data card, filled from the run; what only a person can answer is asked at its end, never invented.

The sections follow Data Cards (Pushkarna et al. 2022) and Datasheets for Datasets (Gebru et al. 2018).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipelines import storage
from pipelines.corpus import Corpus
from pipelines.report.counts.count import ALL, ORIGINS
from pipelines.report.counts.coverage import Coverage
from pipelines.report.pages.facts import FacetRow, Facts, caveats, plural
from pipelines.report.pages.responsible import responsible
from pipelines.report.statistics.balance import associations, diversity, margins, population_heads, population_splits
from schemas.combinations import shown
from schemas.licences import conflicts, is_no_derivatives, is_non_commercial, is_share_alike, spdx
from schemas.provenance import PROVENANCE_FIELDS

VALUES_SHOWN = 40
DIMENSIONS = {
    "language": "language",
    "speaker_type": "speaker type",
    "gender": "gender",
    "age_band": "age band",
    "first_language": "first language",
}
"""By which speakers are grouped beside their accent: the facet, and what the card calls it."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&#|~@!$]|:(?=//)|(?<=www)\.)", re.IGNORECASE)


def write_card(corpus: Corpus, facts: Facts) -> None:
    """Write ``card.md``."""
    storage.write_text(corpus.path("card.md"), render_card(facts))


def render_card(facts: Facts) -> str:
    """The data card as Markdown (CommonMark with GitHub's tables)."""
    environment = Environment(
        loader=PackageLoader("pipelines.report"),
        autoescape=False,  # Markdown: every value from the corpus passes `text` or `code` instead
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "text": escape,
        "code": code,
        "cell": cell,
        "ticks": ticks,
        "count": "{:,}".format,
        "hours": "{:,.2f}".format,
        "plural": plural,
    }
    return environment.get_template("card.md.j2").render(
        facts=facts,
        coverage=facts.coverage,
        conditions=[(condition["name"], describe_condition(condition)) for condition in facts.config.get("conditions") or ()],
        caveats=caveats(facts),
        associations=associations(facts.statistics),
        diversity=diversity(facts.statistics),
        margins=margins(facts.statistics),
        population_heads=population_heads(facts.statistics),
        population_splits=population_splits(facts.statistics),
        terms=licence_terms(facts.facets.get("licence", ())),
        groups=groups(facts),
        provenances=[
            (field.replace("_", " "), row) for field in PROVENANCE_FIELDS for row in facts.facets.get(f"{field}_provenance", ())
        ],
        left_out={
            name: more for facet, name in DIMENSIONS.items() if (more := len(facts.facets.get(facet, ())) - VALUES_SHOWN) > 0
        },
        answers=responsible(facts),
        questions=questions(facts),
        values_shown=VALUES_SHOWN,
        all=ALL,
    )


def escape(value: object) -> str:
    """Text that Markdown shows as it is: on one line, nothing in it a link, a tag, a table cell's end or an emphasis."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def code(value: object) -> str:
    """A code span that shows the value, whatever backticks it holds."""
    text = " ".join(str(value).split()) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def cell(value: object) -> str:
    """A code span in a table's cell, where a bar would end the cell even inside the span."""
    return code(value).replace("|", "\\|")


def ticks(text: str) -> str:
    """Escaped text in which what stood between backticks is a code span, fit for a table's cell."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(cell(part) if odd % 2 else _SPECIAL.sub(r"\\\1", part) for odd, part in enumerate(parts))


def describe_condition(condition: Mapping[str, Any]) -> str:
    """In words, how a configured condition is simulated and which recordings are in it."""
    told = []
    if condition.get("room"):
        told.append(f"room {cell(condition['room'])}")
    noise = [f"noise {cell(condition['noise'])}"] if condition.get("noise") else []
    if condition.get("snr_db"):
        noise.append("at {:g} to {:g} dB SNR".format(*condition["snr_db"]))
    if noise:
        told.append(" ".join(noise))
    if condition.get("handset"):
        told.append(f"handset {cell(condition['handset'])}")
    told += [
        f"each of {factor} {', '.join(cell(shown(value)) for value in values)}"
        for factor, values in (condition.get("factors") or {}).items()
        if values
    ]
    simulated = "simulated with " + ", ".join(told) if told else "recorded only"
    tests = [f"{cell(column)} {_describe_test(test)}" for column, test in (condition.get("match") or {}).items()]
    return simulated + (f"; recordings with {' and '.join(tests)} are in it" if tests else "")


def _describe_test(test: Any) -> str:
    if isinstance(test, Mapping):
        ends = [f"at {word} {test[end]:g}" for end, word in (("min", "least"), ("max", "most")) if test.get(end) is not None]
        return " and ".join(ends)
    return "one of " + ", ".join(cell(value) for value in test)


def licence_terms(rows: tuple[FacetRow, ...]) -> list[str]:
    """What the licences' names say about sharing what is made from them; a reading of names, not of licences."""
    names = [row.value for row in rows if row.value is not None]
    told = [
        f"{', '.join(code(name) for name in fitting)}: by their names, these {meaning}."
        for fits, meaning in (
            (is_share_alike, "ask that what is made from them be shared alike; a shard that holds one is bound by it"),
            (is_non_commercial, "forbid commercial use"),
            (is_no_derivatives, "forbid adaptations, and simulated rows are adaptations"),
        )
        if (fitting := [name for name in names if fits(spdx(name))])
    ]
    told += [
        f"Do not go together: {', '.join(code(name) for name in conflict.licences)}: {conflict.why} ({conflict.source})."
        for conflict in conflicts(names, is_adapted=any(row.simulated for row in rows))
    ]
    missing = sum(row.recorded + row.simulated for row in rows if row.value is None)
    if missing:
        told.append(f"{missing:,} rows carry no licence.")
    return told


def groups(facts: Facts) -> list[tuple[str, FacetRow, str]]:
    """The reported groups, dimension by dimension: as many of each as are shown, and their share of all speakers."""
    told = [("accent", _accent_row(facts.coverage, accent)) for accent in facts.coverage.accents]
    for facet, name in DIMENSIONS.items():
        rows = facts.facets.get(facet, ())
        if any(row.value is not None for row in rows):
            told += [(name, row) for row in rows[:VALUES_SHOWN]]
    speakers = facts.coverage.value("speakers")
    return [(name, row, f"{row.speakers / speakers:.1%}" if speakers else "") for name, row in told]


def _accent_row(coverage: Coverage, accent: str) -> FacetRow:
    recorded, simulated = (int(coverage.value("utterances", accent=accent, origin=origin)) for origin in ORIGINS)
    hours, speakers = coverage.value("hours", accent=accent), int(coverage.value("speakers", accent=accent))
    return FacetRow(accent, recorded, simulated, hours, speakers)


def questions(facts: Facts, *, counted: bool = True) -> dict[str, list[str]]:
    """What the run cannot know, by the section of a datasheet it belongs to; ``counted`` tells how many rows leave it open."""
    collection = [
        "How were the speakers found, what were they told and paid, and what did they agree to?",
        "When and where was it recorded, on what, and by whom?",
        "Was an ethical review made?",
    ]
    for facet, what in (("consent", "consent"), ("speaker_type", "speaker type")):
        missing = sum(row.recorded for row in facts.facets.get(facet, ()) if row.value is None)
        if missing and counted:
            collection.append(f"{missing:,} recorded rows give no {what}: what is known about them?")
    return {
        "Motivation": ["Who made this corpus, for what purpose, and who paid for it?"],
        "Composition": [
            "Which population should the corpus stand for, and who is missing from it?",
            "Does anything that is said name people, or is it confidential or offensive?",
        ],
        "Collection process": collection,
        "Preprocessing and labelling": [
            "Who wrote the transcripts, who checked them and the declared accents, with what tools, and how far do they agree?",
            "What is known of these people: their own accents, languages, ages?",
        ],
        "Uses": [
            "What was it used for already; which uses are intended, and which must not be made of it?",
            "Whom could it harm, and what was done against that?",
        ],
        "Distribution": [
            "Under which licence is the corpus as a whole given on, where, since when, and how should it be cited?",
            "Under which licences may the noise recordings and room responses be used, and who must be credited?",
        ],
        "Maintenance": [
            "Who maintains the corpus, and where are mistakes reported?",
            "Whom can a speaker ask to be removed, and how soon is it done?",
        ],
    }
