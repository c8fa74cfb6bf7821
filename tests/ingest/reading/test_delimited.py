"""Tables come back as they were written, and a damaged row costs itself and no other."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipelines.ingest.reading.delimited import MAX_QUOTED_LINES, split_records

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.text(
    '",;\t\r\na ', max_size=8
)
PLAIN = st.text("abc 'ä", min_size=1, max_size=6)
UNCLOSED = "a quotation mark is not closed"


class Line(NamedTuple):
    cells: list[str] | None
    text: str
    problem: str = ""


def lines_of(text: str) -> Iterator[str]:
    return iter(io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline=""))


def split(text: str, delimiter: str = ",", *, quoting: bool = True, width: int | None = None) -> list[Line]:
    return [Line(*each) for each in split_records(lines_of(text), delimiter, quoting=quoting, width=width)]


def written(rows: list[list[str]], delimiter: str, end: str, quoting: int) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return file.getvalue()


@given(width=st.integers(2, 5), data=st.data(), delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_a_table_comes_back_as_it_was_written(width: int, data: st.DataObject, delimiter: str, end: str) -> None:
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6))
    # Before Python 3.13 the writer leaves line ends other than its own unquoted.
    minimal = end == "\r\n" and data.draw(st.booleans())
    quoting = csv.QUOTE_MINIMAL if minimal else csv.QUOTE_ALL
    for row in rows:
        lines = list(lines_of(written([row], delimiter, end, quoting)))
        assume(len(lines) == 1 or not all(line.count(delimiter) + 1 == width for line in lines))  # which would be taken for rows
    text = written(rows, delimiter, end, quoting)
    assert [line.cells for line in split(text, delimiter, width=width)] == rows


DAMAGE = [
    '{0},"{1},{2}',
    '"{0},{1},{2}',
    '{0},{1},{2}"\n"',
    '{0},"{1}"x,{2}',
    "{0},{1},{2},{0}",
    "{0},{1}",
    '{0},"{1},{2}"',
    '{0},{1},"{2}',
    '"',
    '{0},"',
]


@given(
    before=st.lists(st.tuples(PLAIN, PLAIN, PLAIN), max_size=4),
    after=st.lists(st.tuples(PLAIN, PLAIN, PLAIN), max_size=4),
    damaged=st.tuples(PLAIN, PLAIN, PLAIN),
    form=st.sampled_from([damage for damage in DAMAGE if not damage.endswith('\n"')]),
    style=st.sampled_from(["{},{},{}", '"{}","{}","{}"', '{},"{} ""so"" {}"', '"{}\n{}",x,{}']),
)
def test_a_damaged_row_never_changes_its_neighbours(
    before: list[tuple[str, ...]], after: list[tuple[str, ...]], damaged: tuple[str, ...], form: str, style: str
) -> None:
    three = style if style.count(",") == 2 else style + ",y"
    good = [three.format(*row) for row in before], [three.format(*row) for row in after]
    expected = [[line.cells for line in split("\n".join(part) + "\n", width=3)] for part in good]
    found = split("\n".join([*good[0], form.format(*damaged), *good[1]]) + "\n", width=3)
    assert [line.cells for line in found] == [*expected[0], None, *expected[1]]


def test_several_damaged_rows_one_after_the_other() -> None:
    found = split('a,b,c\nd,"e,f\ng,h\ni,"j,k\n"l,m,n\no,p,q\n', width=3)
    assert [line.cells for line in found] == [["a", "b", "c"], None, None, None, None, ["o", "p", "q"]]
    assert [line.problem for line in found][1:5] == [UNCLOSED, "2 cells where the header has 3", UNCLOSED, UNCLOSED]


def test_a_quoted_cell_of_several_lines_in_a_row_of_wrong_width_is_one_row() -> None:
    found = split('a,"one\ntwo",c,d\ne,f,g\n', width=3)
    assert [(line.cells, line.problem) for line in found] == [(None, "4 cells where the header has 3"), (["e", "f", "g"], "")]
    assert found[0].text == 'a,"one\ntwo",c,d'


def test_a_quoted_cell_may_be_long_but_not_endless() -> None:
    long = "x\n" * (MAX_QUOTED_LINES - 1)
    assert split(f'a,"{long}",c\n', width=3)[0].cells == ["a", long, "c"]
    found = split('a,"' + "x\n" * 3 * MAX_QUOTED_LINES + "b,c,d\n", width=3)
    assert found[0].problem == UNCLOSED
    assert found[-1].cells == ["b", "c", "d"]
    assert len(found) == 3 * MAX_QUOTED_LINES + 1


def test_without_quoting_marks_are_characters() -> None:
    assert split('a\t"b\tc"\n"\t"\t""\n', "\t", quoting=False, width=3) == [
        Line(["a", '"b', 'c"'], 'a\t"b\tc"'),
        Line(['"', '"', '""'], '"\t"\t""'),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\n", "\n   \n", ""])
def test_line_ends_and_blank_lines(end: str) -> None:
    assert [line.cells for line in split(f"a,b{end or chr(10)}c,d{end}", width=2)] == [["a", "b"], ["c", "d"]]


def test_null_characters_are_left_to_others() -> None:
    assert split('a,"b\0",c\n', width=3)[0].cells == ["a", "b\0", "c"]


def test_damage_costs_no_time() -> None:
    """Each unclosed quote looks at a bounded number of further lines."""
    text = 'a,"b,c\n' * 20_000
    assert sum(line.cells is None for line in split(text, width=3)) > 19_000


@pytest.mark.parametrize(
    ("lines", "delimiter", "texts"),
    [
        ('a,1,x,"said|b,2,x,mid|c,3,x,bye"|d,4,x,after', ",", [None, "mid", 'bye"', "after"]),
        ('a,1,x,"Well, you know|he, she, they|said so"|d,4,x,after', ",", ["Well, you know|he, she, they|said so", "after"]),
        ('a,1,x,"said|b,2,x,bye"', ",", ["said|b,2,x,bye"]),
        ('a\t1\tx\t"said|b\t2\tx\tbye"', "\t", [None, 'bye"']),
    ],
)
def test_two_marks_that_nobody_closed_swallow_no_rows(lines: str, delimiter: str, texts: list[str | None]) -> None:
    """What lies between them is told from a text of several lines by its cells; where these are few it may be either."""
    found = split(lines.replace("|", "\n") + "\n", delimiter, width=4)
    assert [record.cells and record.cells[3].replace("\n", "|") for record in found] == texts
    assert all(record.problem == UNCLOSED for record in found if record.cells is None)
