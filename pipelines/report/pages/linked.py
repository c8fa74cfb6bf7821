"""What tables of one dimension, each safe by itself, give away of few people together.

All tables count the same rows. A reader who knows which values of two fields occur together (`fr-CA` never without `fr`; no
accent, no provenance of it) may subtract one table from the other. The values are nodes of a graph, and every pair of them that
occurs together is an edge. Values that hang together hold as many rows in the one table as in the other; and how many rows an
edge stands for follows from both tables where it is a bridge, and only there, for along a cycle a row more here and a row less
there leaves all published numbers as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, islice

from pipelines.report.counts.together import Pairs
from pipelines.report.pages.held import Held
from pipelines.report.pages.suppress import suppressed_values

_TRIED = 400
"""Choices of further values to withhold that are tried before a table is withheld whole."""

_Node = tuple[int, str]
"""Which of two tables, and the value; the empty text for all that is withheld in the other."""


@dataclass(frozen=True)
class Table:
    """A table of one dimension beside its total: its values, and which of them are withheld."""

    values: Mapping[str, Held]
    withheld: frozenset[str]


def withheld_values(
    values: Mapping[str, Held], least: int, others: Mapping[str, Table], together: Mapping[str, Pairs]
) -> frozenset[str] | None:
    """The values of a table to withhold so that nothing is given away, by itself or with others; None for all of them.

    Args:
        values: of the table.
        least: fewest speakers of a number that is published.
        others: tables that are published already, by field.
        together: by the other's field, the pairs of its values and this table's.
    """
    first = suppressed_values(values, least)
    if first is None or len(first) == len(values):
        return None
    shown = sorted(values.keys() - first, key=lambda value: (values[value].utterances, value))
    for more in islice(chain([()], combinations(shown, 1), combinations(shown, 2)), _TRIED):
        table = Table(values, first.union(more))
        if len(table.withheld) == len(values):
            break
        if _is_enough(table, table.withheld, least) and not any(
            give_away(other, table, together[field], least) for field, other in others.items()
        ):
            return table.withheld
    return None


def give_away(one: Table, other: Table, pairs: Pairs, least: int) -> bool:
    """Whether two tables tell, to whoever knows which of their values occur together, of fewer than ``least`` speakers.

    Args:
        one: table.
        other: table, of the same rows.
        pairs: of their values that occur together, with their speakers.
        least: fewest speakers of a number that is published.
    """
    groups = list(_hanging_together(pairs))
    unknown = [group for group in groups if group[0] & one.withheld and group[1] & other.withheld]
    if len(unknown) == 1:
        unknown = []  # what the others hold, subtracted from the total
    known = [group for group in groups if group not in unknown]
    rest = tuple(frozenset().union(*(group[side] for group in unknown)) for side in (0, 1))
    for group in (*known, rest):
        for table, values in zip((one, other), group, strict=True):
            if not _is_enough(table, table.withheld & values, least):
                return True
    if any(0 < pairs.get(edge, least) < least for edge in _bridges(one, other, pairs)):
        return True
    turned = {(another, value): speakers for (value, another), speakers in pairs.items()}
    return _leaves_few(one, other, pairs, least) or _leaves_few(other, one, turned, least)


def _leaves_few(one: Table, other: Table, pairs: Pairs, least: int) -> bool:
    """Whether a published value, less all of the other table that are part of it and published, leaves fewer than ``least``.

    All of whom an accent is told may be men: then men less these are the other men, whatever accents they have.
    """
    partners: dict[str, list[str]] = {}
    for value, another in pairs:
        partners.setdefault(another, []).append(value)
    left: dict[str, int] = {}
    is_less = set[str]()
    for (value, another), speakers in pairs.items():
        if partners[another] == [value] and another not in other.withheld:
            is_less.add(value)
        else:
            left[value] = left.get(value, 0) + speakers
    return any(0 < left.get(value, 0) < least for value in is_less - one.withheld)


def _is_enough(table: Table, hidden: Collection[str], least: int) -> bool:
    """Whether withheld values whose sum is known are enough people together, and none of them follows from it."""
    large = (table.values[value] for value in hidden)
    return not hidden or (len(hidden) > 1 and any(held.speakers >= least and held.utterances > 1 for held in large))


def _hanging_together(pairs: Pairs) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Values of both tables that are joined by pairs, and with no others."""
    near = _neighbours(((0, one), (1, other)) for one, other in pairs)
    left = dict.fromkeys(near)
    while left:
        reached, ahead = set[_Node](), [next(iter(left))]
        while ahead:
            node = ahead.pop()
            if node not in reached:
                reached.add(node)
                ahead += near[node]
        for node in reached:
            del left[node]
        yield frozenset(value for side, value in reached if side == 0), frozenset(value for side, value in reached if side == 1)


def _neighbours(edges: Iterator[tuple[_Node, _Node]]) -> dict[_Node, list[_Node]]:
    near: dict[_Node, list[_Node]] = {}
    for one, other in edges:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    return near


def _bridges(one: Table, other: Table, pairs: Pairs) -> Iterator[tuple[str, str]]:
    """Pairs whose rows follow from both tables: an edge is a bridge where nothing below it reaches above it (Tarjan 1974)."""
    edges = [((0, value), (1, another)) for value, another in pairs]
    edges += [((0, value), (1, "")) for value in one.withheld] + [((0, ""), (1, value)) for value in other.withheld]
    near = _neighbours(iter(edges))
    order: dict[_Node, int] = {}
    lowest: dict[_Node, int] = {}
    for root in near:
        if root in order:
            continue
        path: list[tuple[_Node, _Node | None, Iterator[_Node]]] = [(root, None, iter(near[root]))]
        order[root] = lowest[root] = len(order)
        while path:
            node, above, ahead = path[-1]
            for each in ahead:
                if each not in order:
                    order[each] = lowest[each] = len(order)
                    path.append((each, node, iter(near[each])))
                    break
                if each != above:
                    lowest[node] = min(lowest[node], order[each])
            else:
                path.pop()
                if above is not None:
                    lowest[above] = min(lowest[above], lowest[node])
                    if lowest[node] > order[above]:
                        (_, value), (_, another) = sorted((node, above))
                        yield value, another
