"""Expectations in a Beam pipeline: batches are judged where they are, what is known of them is merged, then the verdict is given.

* :class:`CheckRows` runs the row-level expectations and says of each row which it fails;
* :class:`Summarise` gathers what the other expectations (and, if wanted, the row-level ones) need of row batches;
* :class:`Judge` merges what any of these gathered and gives each suite's result;
* :class:`Validate` is the last two in one.

All suites given to one transform are of one table. The results do not depend on how rows were cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindows

from expectations.batch import check_batch, check_schema
from expectations.frames import keyed_counts, needed_columns, to_frame, to_table
from expectations.merge import Partial, Tally, merge
from expectations.suite import Suite, rule_name
from expectations.supported import Kind
from expectations.verdict import judge

MIN_BATCH, MAX_BATCH = 10_000, 20_000
"""Rows validated at once: under the first, Great Expectations' fixed cost dominates; the second bounds memory."""

Named = tuple[str, Partial]
"""A suite's name, and what is known of a part of its table."""


class CheckRows(beam.PTransform):
    """Run the row-level expectations.

    Takes (anything, rows) with rows an iterable of dictionaries; make them batches of 10,000 to 20,000 where the table is that
    large. Gives an object with two collections:

    * ``rows``: (row, names of the quarantine rules it breaks), the rules in the order of the suites;
    * ``partials``: for :class:`Judge`.
    """

    def __init__(self, suites: Sequence[Suite]):
        super().__init__()
        self.suites = list(suites)

    def expand(self, batches: beam.PCollection) -> Any:
        return batches | "Check" >> beam.ParDo(_CheckRows(self.suites)).with_outputs("partials", main="rows")


class _CheckRows(beam.DoFn):
    def __init__(self, suites: list[Suite]):
        self.suites = [suite for suite in suites if suite.of_kind("row")]
        self.rules = {
            (suite.name, each.name): rule_name(suite, each)
            for suite in self.suites
            for each in suite.expectations
            if each.quarantines
        }
        self.columns = needed_columns(self.suites)

    def process(self, element: tuple[Any, Any]) -> Iterator[Any]:
        rows = list(element[1])
        for start in range(0, len(rows), MAX_BATCH):
            yield from self._check(rows[start : start + MAX_BATCH])

    def _check(self, rows: list[dict[str, Any]]) -> Iterator[Any]:
        broken: list[list[str]] = [[] for _ in rows]
        if self.suites:
            table = self.suites[0].table
            frame = to_frame(table, to_table(table, rows, self.columns))
            for suite in self.suites:
                result = check_batch(suite, frame, ("row",))
                for position, names in result.failures.items():
                    rules = [self.rules.get((suite.name, name)) for name in names]
                    broken[position].extend(rule for rule in rules if rule is not None)
                yield beam.pvalue.TaggedOutput("partials", (suite.name, result.partial))
        yield from zip(rows, broken, strict=True)


class Summarise(beam.PTransform):
    """Gather what the verdict needs of the rows, without giving the rows back.

    Takes batches: lists of dictionaries, Arrow record batches or tables, of any size, with at least the columns of
    :func:`expectations.frames.needed_columns`. Gives (suite name, partial) for :class:`Judge`.
    """

    def __init__(self, suites: Sequence[Suite], rows: bool = False):
        """Gather for the aggregate and keyed expectations of the suites; with ``rows`` for the row-level ones too."""
        super().__init__()
        self.suites = list(suites)
        self.kinds: tuple[Kind, ...] = ("row", "aggregate") if rows else ("aggregate",)

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        seen = batches | "Summarise" >> beam.ParDo(_Summarise(self.suites, self.kinds)).with_outputs("keys", main="partials")
        counted = (
            seen.keys
            | "Typed" >> beam.Map(_same).with_output_types(tuple[tuple[str, str], int])
            | "Count" >> beam.CombinePerKey(sum)
            | "Tally" >> beam.ParDo(_Tally(self.suites))
        )
        return (seen.partials, counted) | "Together" >> beam.Flatten()


class _Summarise(beam.DoFn):
    """Small batches (a shard has a few thousand rows) are put together within a bundle, large ones cut."""

    def __init__(self, suites: list[Suite], kinds: tuple[Kind, ...]):
        self.suites = suites
        self.kinds = kinds
        self.columns = needed_columns(suites)
        self.waiting: list[pa.Table] = []

    def start_bundle(self) -> None:
        self.waiting = []

    def process(self, batch: Any) -> Iterator[Any]:
        if not self.suites:
            return
        self.waiting.append(to_table(self.suites[0].table, batch, self.columns))
        if sum(table.num_rows for table in self.waiting) >= MIN_BATCH:
            yield from self._flush()

    def finish_bundle(self) -> Iterator[Any]:
        for output in self._flush():
            tag, value = (output.tag, output.value) if isinstance(output, beam.pvalue.TaggedOutput) else (None, output)
            windowed = GlobalWindows.windowed_value(value)
            yield windowed if tag is None else beam.pvalue.TaggedOutput(tag, windowed)

    def _flush(self) -> Iterator[Any]:
        if not self.waiting:
            return
        table, self.waiting = pa.concat_tables(self.waiting), []
        for start in range(0, table.num_rows, MAX_BATCH):
            name = self.suites[0].table
            frame = to_frame(name, table.slice(start, MAX_BATCH))
            for suite in self.suites:
                yield suite.name, check_batch(suite, frame, self.kinds).partial
            for key, count in keyed_counts(self.suites, name, frame).items():
                yield beam.pvalue.TaggedOutput("keys", (key, count))


class _Tally(beam.DoFn):
    """Adds distinct values up within a bundle; none is held."""

    def __init__(self, suites: list[Suite]):
        self.suites = suites
        self.tally = Tally(suites)

    def start_bundle(self) -> None:
        self.tally = Tally(self.suites)

    def process(self, element: tuple[tuple[str, str], int]) -> Iterable[Named]:
        (columns, values), count = element
        self.tally.add(columns, values, count)
        return ()

    def finish_bundle(self) -> Iterator[Any]:
        for named in self.tally.partials().items():
            yield GlobalWindows.windowed_value(named)


class Judge(beam.PTransform):
    """Merge what was gathered and give one (suite name, result) a suite, also where there were no rows.

    Takes a collection of (suite name, partial), or a tuple of several.
    """

    def __init__(self, suites: Sequence[Suite]):
        super().__init__()
        self.suites = list(suites)

    def expand(self, partials: beam.PCollection | tuple[beam.PCollection, ...]) -> beam.PCollection:
        gathered = partials if isinstance(partials, tuple) else (partials,)
        schema = gathered[0].pipeline | "Suites" >> beam.Create(self.suites) | "Schema" >> beam.Map(_schema_partial)
        return (
            (*gathered, schema)
            | "Together" >> beam.Flatten()
            | "Typed" >> beam.Map(_same).with_output_types(tuple[str, Any])
            | "Merge" >> beam.CombinePerKey(_Merge())
            | "Judge" >> beam.Map(_judge, {suite.name: suite for suite in self.suites})
        )


class Validate(beam.PTransform):
    """Judge row batches (see :class:`Summarise` for what it takes) by all expectations of some suites."""

    def __init__(self, suites: Sequence[Suite]):
        super().__init__()
        self.suites = list(suites)

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        return batches | "Gather" >> Summarise(self.suites, rows=True) | "Verdict" >> Judge(self.suites)


class _Merge(beam.CombineFn):
    def create_accumulator(self) -> Partial:
        return {}

    def add_input(self, accumulator: Partial, partial: Partial) -> Partial:
        return merge([accumulator, partial])

    def merge_accumulators(self, accumulators: Iterable[Partial]) -> Partial:
        return merge(accumulators)

    def extract_output(self, accumulator: Partial) -> Partial:
        return accumulator


def _same(element: Any) -> Any:
    return element


def _schema_partial(suite: Suite) -> Named:
    return suite.name, check_schema(suite)


def _judge(merged: Named, suites: dict[str, Suite]) -> tuple[str, dict[str, Any]]:
    name, partial = merged
    return name, judge(suites[name], partial)
