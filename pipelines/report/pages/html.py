"""``report.html``: one page that needs nothing but itself.

Every value from the corpus passes Jinja's escaping or, in the data block, JSON with its angle brackets escaped. Behind that
stands a content security policy that admits the page's own script and style by their digests, so that no text smuggled into a
transcript could run, and nothing could be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from itertools import product
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pipelines import storage
from pipelines.corpus import Corpus
from pipelines.report.counts.count import ALL, UNTARGETED_ACCENTS, UNTARGETED_CONDITIONS
from pipelines.report.counts.coverage import MEASURES, View, step
from pipelines.report.pages.clips import SECONDS_SHOWN, Clip
from pipelines.report.pages.facts import Facts, caveats
from pipelines.report.pages.records import GAPS_SHOWN, Histogram
from pipelines.report.statistics.balance import associations, diversity, grid, margins, population_heads, population_splits
from schemas.provenance import PROVENANCE_FIELDS

ALL_SPLITS = "all splits"
FACET_TITLES = {
    "speaker_type": "Speaker type",
    "gender": "Gender",
    "age_band": "Age band",
    "language": "Language",
    "first_language": "First language",
    "licence": "Licence",
    "consent": "Consent",
    **{f"{field}_provenance": f"Where {field.replace('_', ' ')} comes from" for field in PROVENANCE_FIELDS},
}
VALUES_SHOWN = 40
CHART_WIDTH, CHART_HEIGHT = 480, 150


def write_report(corpus: Corpus, facts: Facts) -> None:
    """Write ``report.html``."""
    storage.write_text(corpus.path("report.html"), render_report(facts))


def render_report(facts: Facts) -> str:
    """The report as one HTML document."""
    environment = Environment(
        loader=PackageLoader("pipelines.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"count": "{:,}".format, "hours": _hours, "number": _number, "ticks": _ticks}
    style, script = _asset("report.css"), _asset("report.js")
    views = {f"{measure}|{split}": _view(facts, measure, split) for measure, split in product(MEASURES, _splits(facts))}
    return environment.get_template("report.html.j2").render(
        facts=facts,
        caveats=caveats(facts),
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        measures=MEASURES,
        splits=_splits(facts),
        first=views[f"utterances|{ALL}"],
        accents=_names(facts.coverage.accents),
        conditions=_names(facts.coverage.conditions),
        cells=_count_cells(facts),
        data=_data(facts, views),
        charts=[chart(each) for each in facts.histograms],
        associations=associations(facts.statistics),
        diversity=diversity(facts.statistics),
        margins=margins(facts.statistics),
        population_heads=population_heads(facts.statistics),
        population_splits=population_splits(facts.statistics),
        crosstabs=[grid(each) for each in facts.crosstabs],
        facet_titles=FACET_TITLES,
        values_shown=VALUES_SHOWN,
        gap_measures=[name for name in MEASURES if any(gap[f"target_{name}"] for gap in facts.gaps.rows)],
        gaps_shown=GAPS_SHOWN,
        seconds_shown=SECONDS_SHOWN,
        all=ALL,
    )


def _asset(name: str) -> str:
    return resources.files("pipelines.report").joinpath("templates").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """The content security policy: this style, this script, sound and pictures from the page itself, nothing else."""
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "img-src data:; media-src data:; base-uri 'none'; form-action 'none'"
    )


def _splits(facts: Facts) -> dict[str, str]:
    return {ALL: ALL_SPLITS} | {split: split for split in facts.coverage.splits}


def _names(names: tuple[str, ...]) -> list[str]:
    return [*names, "all"]


def _view(facts: Facts, measure: str, split: str) -> dict[str, Any]:
    """One matrix: each cell as its recorded text, its simulated text and its classes; margins last."""
    view = View(facts.coverage, facts.targets, measure, split)
    rows = [
        [_cell(view, accent, condition) for condition in (*facts.coverage.conditions, ALL)]
        for accent in (*facts.coverage.accents, ALL)
    ]
    target = None if view.target is None else f"{view.format_target()} {measure}"
    return {"rows": rows, "target": target, "largest": f"{view.format(view.largest)} {measure}"}


def _cell(view: View, accent: str, condition: str) -> tuple[str, str, str]:
    count = view.count(accent, condition)
    recorded = view.format(count.recorded) if count.recorded else "" if count.total else "0"
    more = f"+{view.format(count.more)}" if count.more else ""
    one = " one" if view.is_one_speaker(accent, condition) else ""
    if ALL in (accent, condition):
        return recorded, more, f"margin{one}"
    share = view.share(accent, condition)
    if share is not None:
        return recorded, more, f"s{step(share)}{one}"
    if view.target is not None or not count.total:
        return recorded, more, f"{'untargeted' if view.target is not None else 's0'}{one}"
    return recorded, more, f"f{step(count.total / view.largest * 0.999)}{one}"


def _count_cells(facts: Facts) -> dict[str, int]:
    """How many cells could have targets, how many of them are empty, and how many are one speaker's."""
    accents = [accent for accent in facts.coverage.accents if accent not in UNTARGETED_ACCENTS]
    conditions = [condition for condition in facts.coverage.conditions if condition not in UNTARGETED_CONDITIONS]
    cells = list(product(accents, conditions))
    speakers = [facts.coverage.value("speakers", accent=accent, condition=condition) for accent, condition in cells]
    return {"all": len(cells), "empty": speakers.count(0), "one": speakers.count(1)}


def _data(facts: Facts, views: dict[str, dict[str, Any]]) -> Markup:
    """What the script works on, as JSON that cannot end its script element."""
    accents, conditions = facts.coverage.accents, facts.coverage.conditions
    clips: dict[str, list[dict[str, Any]]] = {}
    for clip in sorted(facts.clips, key=lambda clip: clip.origin):
        clips.setdefault(f"{accents.index(clip.accent)}|{conditions.index(clip.condition)}", []).append(_clip(clip))
    data = {
        "accents": _names(accents),
        "conditions": _names(conditions),
        "measures": MEASURES,
        "splits": _splits(facts),
        "views": views,
        "clips": clips,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


def _clip(clip: Clip) -> dict[str, Any]:
    row = clip.row
    about = [
        f"noise {row['noise']}" if row["noise"] else "",
        f"{row['snr_db']:.1f} dB SNR" if row["snr_db"] is not None else "",
        f"room {row['room']}" if row["room"] else "",
        f"T60 {row['t60_s']:.2f} s" if row["t60_s"] is not None else "",
        f"handset {row['handset']}" if row["handset"] else "",
    ]
    length = f"{row['duration']:.1f} s"
    if row["duration"] > SECONDS_SHOWN:
        length = f"first {SECONDS_SHOWN:g} s of {length}"
    return {
        "origin": clip.origin,
        "id": row["id"],
        "text": row["text"] or "",
        "about": ", ".join([each for each in about if each] + [f"split {row['split']}", length]),
        "mp3": base64.b64encode(clip.mp3).decode(),
    }


@dataclass(frozen=True)
class Chart:
    """A histogram laid out: its bars (x, y, width, height and what they say) and the ticks under it (x and label)."""

    histogram: Histogram
    bars: tuple[tuple[float, float, float, float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    largest: int
    summary: str


def chart(histogram: Histogram) -> Chart:
    """Lay out a histogram in :data:`CHART_WIDTH` × :data:`CHART_HEIGHT`."""
    width = histogram.width
    start, end = histogram.bins[0][0], histogram.bins[-1][0] + width
    largest = max(count for _, count in histogram.bins)
    scale = CHART_WIDTH / (end - start)
    bars = []
    for low, count in histogram.bins:
        height = CHART_HEIGHT * count / largest
        told = f"{low} to {low + width} {histogram.unit}: {count:,}"
        place = (round((low - start) * scale, 2), round(CHART_HEIGHT - height, 2), round(width * scale, 2), round(height, 2))
        bars.append((*place, told))
    gap = next(gap for gap in (1, 2, 5, 10, 20, 50, 100, end - start) if (end - start) / gap <= 8)
    ticks = tuple((round((at - start) * scale, 2), str(at)) for at in range(-(-start // gap) * gap, end + 1, gap))
    fifth, median, last_fifth = (histogram.quantile(share) for share in (0.05, 0.5, 0.95))
    summary = f"{histogram.count:,} values; median about {median:g} {histogram.unit}, 90 % between {fifth:g} and {last_fifth:g}"
    return Chart(histogram, tuple(bars), ticks, largest, summary)


def _ticks(text: str) -> Markup:
    """The text with what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if odd % 2 else escape(part) for odd, part in enumerate(parts))


def _hours(value: float) -> str:
    return f"{value:,.1f}" if value >= 100 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def _number(text: str) -> str:
    """A number as a CSV file gives it, short; other text as it is."""
    try:
        value = float(text)
    except ValueError:
        return text
    return f"{int(value):,}" if value.is_integer() else f"{value:,.4g}"
