"""The statistics of balance and people, put into rows that report and card show alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.report.counts.count import ALL
from pipelines.report.counts.coverage import Count
from pipelines.report.counts.crosstab import Crosstab, headline

DIVERSITY = {
    "accents_by_speakers": "accents, by their speakers",
    "speakers_by_recordings": "speakers, by their recordings",
    "conditions_by_recordings": "conditions, by recordings",
    "conditions_by_rows": "conditions, by recorded and simulated rows",
}
ROWS_SHOWN, COLUMNS_SHOWN = 200, 40
"""Of a further table in the report; the file holds all of it."""


def associations(statistics: Mapping[str, Any]) -> list[dict[str, str]]:
    """One row an association: what goes together, over what, n, and V as it is and less its bias."""
    return [
        {
            "between": " × ".join(each["dimensions"]),
            "over": ("recorded" if each["origin"] != ALL else "recorded + simulated")
            + (" rows" if each["over"] == "rows" else ", speakers"),
            "n": f"{each['n']:,}",
            "v": "–" if each["v"] is None else f"{each['v']:.2f}",
            "v_corrected": "–" if each["v"] is None else f"{each['v_corrected']:.2f}",
        }
        for each in statistics["association"]
    ]


def diversity(statistics: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """What is counted, and its Hill numbers of order 0, 1 and 2."""
    return [
        (label, [f"{numbers[0]:,.0f}", *(f"{number:,.1f}" for number in numbers[1:])])
        for label, numbers in ((label, statistics["diversity"][key]) for key, label in DIVERSITY.items())
    ]


def population_splits(statistics: Mapping[str, Any]) -> list[list[str]]:
    """One row a split: people, n_eff, and total variation and divergence of each margin, before and after."""
    if statistics["population"] is None:
        return []
    rows = []
    for split, each in statistics["population"]["splits"].items():
        distances = [
            f"{_number(margin[measure]['before'])} → {_number(margin[measure]['after'])}"
            for margin in each["margins"]
            for measure in ("total_variation", "kullback_leibler")
        ]
        rows.append(["all" if split == ALL else split, f"{each['people']:,}", f"{each['n_eff']:,.1f}", *distances])
    return rows


def population_heads(statistics: Mapping[str, Any]) -> list[str]:
    """The heads of :func:`population_splits`."""
    margins = statistics["population"]["splits"].get(ALL, {"margins": []})["margins"] if statistics["population"] else []
    distances = [f"{margin['field']}: {measure}" for margin in margins for measure in ("total variation", "KL, nats")]
    return ["split", "people", "effective people", *distances]


def margins(statistics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The margins of the whole corpus; none without a population."""
    if statistics["population"] is None:
        return []
    return list(statistics["population"]["splits"].get(ALL, {"margins": []})["margins"])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def grid(crosstab: Crosstab) -> dict[str, Any]:
    """A further table laid out: the last dimension's values across, the others' down, margins last.

    Returns:
        ``title``, ``headline``, ``heads`` of the columns, and ``rows``: the values down, and per column utterances, speakers and
        hours, each recorded and what simulation adds, and a class for what is empty or one speaker's.
    """
    down = crosstab.rows()[:ROWS_SHOWN]
    across = crosstab.values[-1][:COLUMNS_SHOWN]
    lines = [*down, (ALL,) * (len(crosstab.dimensions) - 1)]
    return {
        "title": " × ".join(crosstab.dimensions),
        "name": "-".join(crosstab.dimensions),
        "headline": headline(crosstab),
        "dimensions": crosstab.dimensions[:-1],
        "heads": [*(crosstab.label(len(crosstab.dimensions) - 1, value) for value in across), "all"],
        "rows": [
            (
                ["all" if value == ALL else crosstab.label(place, value) for place, value in enumerate(values)],
                [_cell(crosstab, (*values, value)) for value in (*across, ALL)],
            )
            for values in lines
        ],
        "left_out": max(0, len(crosstab.rows()) - ROWS_SHOWN) or max(0, len(crosstab.values[-1]) - COLUMNS_SHOWN),
    }


def _cell(crosstab: Crosstab, values: tuple[str | None, ...]) -> dict[str, str]:
    rows, speakers, hours = (crosstab.count(measure, values) for measure in ("utterances", "speakers", "hours"))
    kind = "s0" if not rows.total else "one" if crosstab.is_one_speaker(values) else ""
    return {
        "recorded": f"{rows.recorded:,.0f}" if rows.recorded or not rows.total else "",
        "more": f"+{rows.more:,.0f}" if rows.more else "",
        "speakers": _both(speakers, ",.0f"),
        "hours": _both(hours, ",.3f"),
        "class": f"{kind} margin".strip() if ALL in values else kind,
    }


def _both(count: Count, form: str) -> str:
    """Recorded and what simulation adds; nothing for nothing."""
    recorded = format(count.recorded, form) if count.recorded else ""
    return recorded + (f"+{format(count.more, form)}" if count.more else "")
