"""All published tables together give away no number of few people, held against integer programs over what they leave open.

The attacker knows every published number, that an x is at least one where zeros are shown, and which values of fields that hang
together go with which: of any two tables, and of all tables where a corpus's own logic ties them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from pipelines.report.counts.count import count_batch, count_coverage
from pipelines.report.counts.coverage import Coverage
from pipelines.report.counts.shard import FACETS
from pipelines.report.counts.together import shown_value, values_together
from pipelines.report.pages.facts import FacetRow
from pipelines.report.pages.held import Held
from pipelines.report.pages.linked import Table, give_away, withheld_values
from pipelines.report.pages.published import Grid, fields_to_hold, grids

FIELDS = ("accent", "condition", "split", "origin", *FACETS)
LEAST = 3
CONDITIONS = ("clean", "street", "call")
ACCENTS = ("fr-FR", "fr-FR", "fr-FR", "fr-CA", "en-GB", "en-GB", "en-GB", "en-IN", "undeclared")

Row = dict[str, str | None]
Group = frozenset[tuple[str, str]]
"""Values by field, all of which a row has."""

TIED = (
    ("accent", "language"),
    ("accent", "first_language"),
    ("accent", "accent_provenance"),
    ("first_language", "first_language_provenance"),
    ("gender", "gender_provenance"),
    ("condition", "origin"),
)
"""Fields of which everybody knows, or may guess, which values go together."""

PERSON = st.tuples(
    st.sampled_from(ACCENTS),
    st.sampled_from(("fr", "en")),  # of those without an accent
    st.sampled_from(("female", "female", "male", "male", None)),
    st.sampled_from(("train", "train", "train", "dev", "test")),
    st.sampled_from(("self_reported", "self_reported", "observed")),
    st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3),
)


def rows_of(people: Sequence[tuple[str, str, str | None, str, str, list[str]]]) -> list[Row]:
    """Rows in which fields hang together as they do in a corpus: accent and language, what is given and where it comes from."""
    return [
        {
            **dict.fromkeys(FIELDS),
            "speaker_id": f"spk-{number}",
            "accent": accent,
            "language": language if accent == "undeclared" else accent[:2],
            "first_language": None if accent == "undeclared" else accent[3:],
            "accent_provenance": None if accent == "undeclared" else "self_reported",
            "gender": gender,
            "gender_provenance": gender and provenance,
            "split": split,
            "condition": condition,
            "origin": "simulated" if condition == "call" else "recorded",
        }
        for number, (accent, language, gender, split, provenance, conditions) in enumerate(people)
        for condition in conditions
    ]


def published(rows: list[Row]) -> list[Grid]:
    schema = pa.schema([(name, pa.string()) for name in ("speaker_id", *FIELDS)])
    table = pa.Table.from_pylist(rows, schema=schema)
    lengths = {"duration": pa.array(np.ones(len(rows))), "sampling_rate": pa.array([16000] * len(rows), pa.int32())}
    for name, column in lengths.items():
        table = table.append_column(name, column)
    coverage = Coverage(count_coverage([count_batch(table)], sorted(set(ACCENTS)), CONDITIONS))
    facets = {
        facet: [
            FacetRow(
                value,
                sum(row["origin"] == "recorded" for row in own),
                sum(row["origin"] == "simulated" for row in own),
                len(own) / 3600,
                len({row["speaker_id"] for row in own}),
            )
            for value in dict.fromkeys(row[facet] for row in rows)
            for own in [[row for row in rows if row[facet] == value]]
        ]
        for facet in FACETS
    }
    together = values_together([table], fields_to_hold(coverage, facets, LEAST), LEAST)
    return grids(coverage, facets, together, LEAST)


def utterances(shown: list[Grid]) -> dict[Group, int | None]:
    """The published numbers of rows; None where one is withheld."""
    found: dict[Group, int | None] = {}
    for grid in shown:
        if grid.title.startswith(("hours", "speakers")):
            continue
        for name, *texts in grid.rows:
            for head, text in zip(grid.heads[1:], texts, strict=True):
                if grid.title.startswith("utterances"):
                    group = frozenset({("accent", name), ("condition", head)} - {("accent", "all"), ("condition", "all")})
                elif head == "utterances":
                    group = frozenset({(grid.heads[0].replace(" ", "_"), name)})
                else:
                    continue
                found[group] = None if text == "x" else int(text.replace(",", ""))
    return found


def people_in(rows: list[Row], group: Group) -> int:
    return len({row["speaker_id"] for row in rows if all(shown_value(row[field]) == value for field, value in group)})


def kinds_of(rows: list[Row]) -> list[dict[str, str]]:
    """Every kind of row that there may be for all that is known of tied fields."""
    known = [{field: shown_value(row[field]) for field in FIELDS} for row in rows]
    kinds: list[dict[str, str]] = [{}]
    for field in FIELDS:
        values = sorted({row[field] for row in known})
        seen = {
            other: {(row[other], row[field]) for row in known} for other in FIELDS if {(other, field), (field, other)} & {*TIED}
        }
        kinds = [
            {**kind, field: value}
            for kind in kinds
            for value in values
            if all((kind[other], value) in seen[other] for other in seen.keys() & kind.keys())
        ]
    return kinds


@settings(deadline=None, max_examples=12, derandomize=True)
@given(st.lists(PERSON, min_size=8, max_size=24))
def test_no_number_of_few_people_follows_from_all_tables_together(
    people: list[tuple[str, str, str | None, str, str, list[str]]],
) -> None:
    rows = rows_of(people)
    numbers = utterances(published(rows))
    assert all(number is None or not 0 < people_in(rows, group) < LEAST for group, number in numbers.items())
    kinds = kinds_of(rows)
    has = {group: np.array([all(kind[field] == value for field, value in group) for kind in kinds]) for group in numbers}
    few = {group for group, number in numbers.items() if number is None and 0 < people_in(rows, group) < LEAST}
    may_be_none = any(number is None and not people_in(rows, group) for group, number in numbers.items())
    least = {group: int(len(group) < 2 or not may_be_none) for group in numbers}  # that an x stands for
    low = [least[group] if number is None else number for group, number in numbers.items()]
    high = [np.inf if number is None else number for number in numbers.values()]
    told = LinearConstraint(np.array([has[group] for group in numbers], float), low, high)
    for group in few:
        ends = [
            round(sign * milp(sign * has[group], constraints=told, bounds=Bounds(0), integrality=np.ones(len(kinds))).fun)
            for sign in (1, -1)
        ]
        assert ends[0] < ends[1], f"{set(group)} is known to be {ends[0]}"


PAIRS = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("vwxyz")), st.integers(1, 6), min_size=2)


@settings(deadline=None, max_examples=100)
@given(PAIRS, st.data())
def test_what_two_tables_give_away_is_what_an_integer_program_finds(
    pairs: dict[tuple[str, str], int], data: st.DataObject
) -> None:
    """Each row is a speaker's, so that a pair of values has as many speakers as rows."""
    sides = [
        {value: sum(n for pair, n in pairs.items() if pair[side] == value) for pair in pairs for value in [pair[side]]}
        for side in (0, 1)
    ]
    tables = [
        Table({value: Held(n, n) for value, n in side.items()}, data.draw(st.frozensets(st.sampled_from(sorted(side)))))
        for side in sides
    ]
    if give_away(*tables, pairs, LEAST):
        return
    edges = list(pairs)
    shown = [(side, value) for side in (0, 1) for value in sides[side].keys() - tables[side].withheld]
    told = [[float(edge[side] == value) for edge in edges] for side, value in shown] + [[1.0] * len(edges)]
    totals = [sides[side][value] for side, value in shown] + [sum(pairs.values())]
    asked = [[edge == pair for edge in edges] for pair, n in pairs.items() if n < LEAST]
    asked += [
        [edge[side] == value for edge in edges]
        for side in (0, 1)
        for value in tables[side].withheld
        if sides[side][value] < LEAST
    ]
    for goal in asked:
        ends = [
            milp(
                sign * np.array(goal, float),
                constraints=LinearConstraint(np.array(told), totals, totals),
                bounds=Bounds(0),
                integrality=np.ones(len(edges)),
            ).fun
            for sign in (1, -1)
        ]
        assert round(ends[0]) < round(-ends[1])


def held(**people: int) -> dict[str, Held]:
    return {value: Held(3 * number, number) for value, number in people.items()}


def test_a_value_that_another_table_shows_protects_none() -> None:
    """Who gives no gender gives no provenance of it: so `none` would be known, and with it the two who are `other`."""
    gender, provenance = Table(held(other=2, male=30, none=6), frozenset({"other", "none"})), held(self=32, unsaid=6)
    pairs = {("other", "self"): 2, ("male", "self"): 3, ("none", "unsaid"): 3}
    assert give_away(gender, Table(provenance, frozenset()), pairs, LEAST)
    assert withheld_values(provenance, LEAST, {"gender": gender}, {"gender": pairs}) is None
    assert not give_away(Table(gender.values, frozenset({"other", "male"})), Table(provenance, frozenset()), pairs, LEAST)


def test_few_people_between_two_numbers_are_no_difference_that_is_published() -> None:
    """All of `fr-FR` speak `fr`, and one more does who declares no accent."""
    accents, languages = Table(held(fr_fr=9, en_gb=9, undeclared=6), frozenset()), Table(held(fr=10, en=14), frozenset())
    pairs = {("fr_fr", "fr"): 3, ("en_gb", "en"): 3, ("undeclared", "fr"): 1, ("undeclared", "en"): 3}
    assert give_away(accents, languages, pairs, LEAST)
    assert not give_away(accents, languages, {**pairs, ("undeclared", "fr"): 3}, LEAST)


def test_few_people_of_several_values_between_two_numbers_are_a_difference_too() -> None:
    """All who speak Scots are men, and two more men have an accent each that women have, too."""
    genders, accents = Table(held(male=5, female=12), frozenset()), Table(held(scots=3, irish=7, welsh=7), frozenset())
    pairs = {("male", "scots"): 3, ("male", "irish"): 1, ("male", "welsh"): 1, ("female", "irish"): 3, ("female", "welsh"): 3}
    assert give_away(genders, accents, pairs, LEAST)
    assert give_away(accents, genders, {(accent, gender): people for (gender, accent), people in pairs.items()}, LEAST)
    assert not give_away(genders, accents, {**pairs, ("male", "irish"): 2}, LEAST)


def test_tables_without_anybody_in_common_need_nothing_more() -> None:
    genders = Table(held(other=1, male=9, female=20), frozenset({"other", "male"}))
    pairs = {(gender, split): 3 for gender in genders.values for split in ("train", "dev")}
    assert not give_away(genders, Table(held(train=20, dev=10), frozenset()), pairs, LEAST)
    assert withheld_values(held(train=20, dev=10), LEAST, {"gender": genders}, {"gender": pairs}) == frozenset()
