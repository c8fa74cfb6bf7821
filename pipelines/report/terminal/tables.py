"""A table of any dimensions in the terminal, and what accent cannot be told apart from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError
from rich.console import Console
from rich.text import Text

from pipelines import storage
from pipelines.corpus import Corpus, read_json
from pipelines.report.counts.count import ALL, ORIGINS
from pipelines.report.counts.coverage import MEASURES
from pipelines.report.counts.crosstab import Crosstab, headline
from pipelines.report.counts.dimensions import order_of
from pipelines.report.counts.on_demand import count_files
from pipelines.report.counts.shard import counts_file
from pipelines.report.statistics.association import Association, associate, find_confounded
from pipelines.report.statistics.statistics import association_line, counts_of_crosstab, read_statistics, statistics_file
from pipelines.report.terminal.matrix import EMPTY, LABEL_WIDTH, ONE_SPEAKER, fit, header, label
from schemas.coverage import check_dimensions
from schemas.dimensions import SNR_EDGES_DB
from schemas.errors import ConfigError
from schemas.provenance import IMPUTED
from schemas.splits import SPLITS

LINES_SHOWN = 400


def count_by_dimensions(corpus: Corpus, by: str, split: str | None, origin: str | None) -> Crosstab:
    """Count a corpus's shards by dimensions named in one text, with commas between them.

    Raises:
        ConfigError: for an unknown dimension, split or origin, or where there are no shards.
    """
    try:
        names = check_dimensions([name.strip() for name in by.split(",")])
    except PydanticCustomError as error:
        raise ConfigError(f"--by: {error.message()}") from error
    if origin is not None and origin not in ORIGINS:
        raise ConfigError(f"--origin: there is no {origin!r}; expected {' or '.join(ORIGINS)}")
    config = corpus.read_config()
    files = corpus.shard_files(split) if split in (None, *SPLITS) else []
    if not files:
        there = [each for each in SPLITS if corpus.shard_files(each)]
        if there:
            raise ConfigError(f"--split: no rows in {split!r}; splits with rows: {', '.join(there)}")
        raise ConfigError(f"{corpus.root}: no shards are written yet; run 'panvox run' to the end")
    accents = corpus.read_corpus()["accents"] if storage.exists(corpus.corpus_json) else ()
    conditions = [condition["name"] for condition in config["conditions"]]
    edges_db = (config.get("coverage") or {}).get("snr_edges_db") or SNR_EDGES_DB
    return count_files(files, names, order_of(names, accents, conditions, edges_db), edges_db, origin)


def print_crosstab(console: Console, crosstab: Crosstab, measure: str, title: str) -> None:
    """Print a table: the last dimension across, the others down, margins last; recorded and simulated told apart.

    Raises:
        ConfigError: for an unknown measure.
    """
    if measure not in MEASURES:
        raise ConfigError(f"--count: there is no {measure!r}; expected {', '.join(MEASURES)}")
    down = crosstab.rows()
    shown = [*down[:LINES_SHOWN], (ALL,) * (len(crosstab.dimensions) - 1)]
    last = len(crosstab.dimensions) - 1
    labels = [Text(_name(crosstab, values, console), style="bold" if values == shown[-1] else "") for values in shown]
    columns = [
        (
            header("all" if value == ALL else crosstab.label(last, value), console),
            [_cell(crosstab, measure, (*values, value)) for values in shown],
        )
        for value in (*crosstab.values[-1], ALL)
    ]
    lines = [Text(title, style="bold"), Text()]
    for block in fit(labels, columns, console):
        lines += [*block, Text()]
    if len(down) > LINES_SHOWN:
        lines.append(Text(f"{len(down) - LINES_SHOWN:,} more rows are left out here"))
    lines += [Text(headline(crosstab)), *_legend(measure)]
    for line in lines:
        console.print(line, soft_wrap=True)


def _name(crosstab: Crosstab, values: Sequence[str | None], console: Console) -> str:
    if all(value == ALL for value in values):
        return "all"
    return " · ".join(label(crosstab.label(place, value), console, LABEL_WIDTH) for place, value in enumerate(values))


def _cell(crosstab: Crosstab, measure: str, values: Sequence[str | None]) -> Text:
    count = crosstab.count(measure, values)
    style = "bold" if ALL in values else ""
    if not count.total:
        return Text(EMPTY, style=style)
    text = Text(style=style)
    if count.recorded:
        text.append(_number(measure, count.recorded))
    if count.more:
        text.append(f"+{_number(measure, count.more)}", style="italic")
    if crosstab.is_one_speaker(values):
        text.append(ONE_SPEAKER)
    return text


def _number(measure: str, value: float) -> str:
    return f"{value:,.3f}" if measure == "hours" else f"{value:,.0f}"


def _legend(measure: str) -> Iterator[Text]:
    if measure == "speakers":
        yield Text("3+2  speakers with a recording there, and more heard there in simulation only: together 5 distinct ones")
    else:
        yield Text("3+2  recorded, and simulated")
    yield Text(f"{EMPTY}    empty      {ONE_SPEAKER}  one speaker only      all  speakers counted anew, never added up")


def association_lines(crosstab: Crosstab, origin: str | None) -> list[str]:
    """How far the two dimensions of a table go together, in recorded rows if there are any; nothing for more dimensions."""
    names = crosstab.dimensions
    if len(names) != 2 or "origin" in names:
        return []
    counts = counts_of_crosstab(crosstab)
    of = origin or "recorded"
    found: list[Association] = [associate((names[0], names[1]), of, over, counts(what, of)) for over, what in OVER.items()]
    if origin is None:
        found.append(associate((names[0], names[1]), ALL, "rows", counts("utterances", ALL)))
    return [association_line(vars(each)) for each in found if each.n]


OVER = {"rows": "utterances", "speakers": "speakers"}


def imputed_lines(corpus: Corpus) -> list[str]:
    """That accents were guessed which are counted all the same, in a sentence; nothing where none were, or nothing is counted."""
    if not storage.exists(counts_file(corpus)):
        return []
    wanted = {"facet": "accent_provenance", "value": IMPUTED, "origin": ALL}
    rows = sum(each["utterances"] for each in read_json(counts_file(corpus))["facets"] if wanted.items() <= each.items())
    return [f"imputed: {rows:,} rows of all splits have an accent that a model or a rule guessed"] if rows else []


def confounded_lines(corpus: Corpus, crosstab: Crosstab | None = None) -> list[str]:
    """The accents that are bound to a condition or source, in sentences.

    Of the whole corpus, as its report found them; before there is a report, of a table of accent by condition or source.
    """
    if storage.exists(statistics_file(corpus)):
        statistics: Mapping[str, Any] = read_statistics(corpus)
        return [each["sentence"] for each in statistics["confounded"]]
    if crosstab is None or crosstab.dimensions not in (("accent", "condition"), ("accent", "source")):
        return []
    return [str(each) for each in find_confounded(crosstab.dimensions[1], counts_of_crosstab(crosstab)("utterances", "recorded"))]
