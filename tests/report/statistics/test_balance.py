"""What report and card show of balance and people is what the rows hold."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from html import unescape

import pandas as pd
import pytest
import scipy.stats

from pipelines.report.counts.crosstab import Crosstab
from pipelines.report.pages.card import render_card
from pipelines.report.pages.facts import Facts, caveats
from pipelines.report.pages.html import render_report
from pipelines.report.statistics.balance import associations, diversity, grid, margins, population_heads, population_splits
from pipelines.report.statistics.representation import describe_population, population_caveats
from schemas.population import PopulationConfig
from tests.report.conftest import HOSTILE, ROWS

FRAME = pd.DataFrame([vars(row) | row.values for row in ROWS])
DECLARED = FRAME[FRAME.accent != "undeclared"]

POPULATION = PopulationConfig.model_validate(
    {
        "margins": [
            {
                "field": "gender",
                "reference": {
                    "shares": {"female": 2, "male": 1, "other": 1},
                    "source": f"made up {HOSTILE}",
                    "year": 2021,
                    "universe": "nobody",
                },
            }
        ]
    }
)
PEOPLE = {
    ("train", ("female",)): (3, 0, Fraction(6)),
    ("train", ("male",)): (3, 0, Fraction(3)),
    ("test", (None,)): (2, 0, Fraction(2)),
}


@pytest.fixture(scope="module")
def weighted(facts: Facts) -> Facts:
    """The corpus as if it had a population."""
    described = describe_population(PEOPLE, POPULATION)
    statistics = {**facts.statistics, "population": described, "caveats": population_caveats(described)}
    return dataclasses.replace(facts, statistics=statistics)


def test_associations_are_those_of_the_rows(facts: Facts) -> None:
    recorded = DECLARED[DECLARED.origin == "recorded"]
    shown = associations(facts.statistics)
    table = pd.crosstab(recorded.accent, recorded.condition)
    v = scipy.stats.contingency.association(table.to_numpy(), method="cramer", correction=False)
    assert shown[0] == {"between": "accent × condition", "over": "recorded rows", "n": str(len(recorded)), "v": f"{v:.2f}"} | {
        "v_corrected": shown[0]["v_corrected"]
    }
    people = recorded.groupby(["accent", "condition"])["speaker"].nunique().unstack(fill_value=0)
    v = scipy.stats.contingency.association(people.to_numpy().astype(int), method="cramer", correction=False)
    assert (shown[1]["n"], shown[1]["v"]) == (str(int(people.to_numpy().sum())), f"{v:.2f}")
    assert shown[2]["v"] == "–"  # all of one source
    everything = DECLARED[DECLARED.condition != "unassigned"]
    v = scipy.stats.contingency.association(pd.crosstab(everything.accent, everything.condition).to_numpy(), method="cramer")
    assert (shown[4]["n"], shown[4]["v"]) == (str(len(everything)), f"{v:.2f}")


def test_report_and_card_show_the_same_numbers(weighted: Facts) -> None:
    report, card = unescape(render_report(weighted)), render_card(weighted)
    uses = FRAME[FRAME.origin == "recorded"].groupby("speaker").size()
    n_eff = uses.sum() ** 2 / (uses**2).sum()
    assert "equally active ones (Kish)" in card
    assert f"amount to those of {n_eff:.1f} equally active ones" in card
    assert f'<td class="n">{n_eff:.1f}</td>' in report
    for each in associations(weighted.statistics):
        assert f"| {each['between']} | {each['over']} | {each['n']} | {each['v']} | {each['v_corrected']} |" in card
        assert each["over"] in report
    for label, numbers in diversity(weighted.statistics):
        assert f"| {label} | {' | '.join(numbers)} |" in card
        assert label in report
    assert "| `female` | 50.0 % | 3 | 50.0 % | 66.7 % |" in card
    assert "Nobody stands for other (25.0 % of the reference by gender)" in " ".join(caveats(weighted))
    assert "2 of 8 people give no gender" in report


def test_total_variation_divergence_and_effective_people(weighted: Facts) -> None:
    assert population_heads(weighted.statistics) == [
        "split",
        "people",
        "effective people",
        "gender: total variation",
        "gender: KL, nats",
    ]
    reference = [0.5, 0.25, 0.25]
    before, after = (scipy.stats.entropy(shares, reference) for shares in ([0.5, 0.5, 0], [2 / 3, 1 / 3, 0]))
    weights = pd.Series([4 / 3] * 3 + [2 / 3] * 3)
    n_eff = weights.sum() ** 2 / (weights**2).sum()
    rows = {row[0]: row[1:] for row in population_splits(weighted.statistics)}
    assert rows["train"] == ["6", f"{n_eff:.1f}", "0.250 → 0.250", f"{before:.3f} → {after:.3f}"]
    assert rows["test"] == ["2", "2.0", "– → –", "– → –"]
    written = margins(weighted.statistics)[0]["total_variation"]["written"]
    assert written == pytest.approx(0.25)  # two thirds of the weight are female's, as raking asks


def test_further_tables_mark_what_is_empty_or_one_speaker_s(facts: Facts) -> None:
    table = grid(facts.crosstabs[0])
    assert table["title"] == "accent × gender"
    assert table["heads"] == [HOSTILE, "female", "not given", "all"]
    rows = {tuple(values): cells for values, cells in table["rows"]}
    own = FRAME[(FRAME.accent == "en-US") & (FRAME.gender == "female")]
    assert rows[("en-US",)][1] == {
        "recorded": str(len(own)),
        "more": "",
        "speakers": str(own.speaker.nunique()),
        "hours": f"{own.samples.sum() / 16000 / 3600:.3f}",
        "class": "",
    }
    assert rows[("en-US",)][0]["class"] == "s0"
    assert rows[("en-GB",)][2]["class"] == "one"
    assert rows[("all",)][3]["speakers"] == "8+1"
    report = render_report(facts)
    assert "accent × gender" in report
    assert HOSTILE not in report


def test_a_long_table_is_cut_in_the_report() -> None:
    values = (tuple(f"s{n:03}" for n in range(500)), ("x",))
    cells = {(f"s{n:03}", "x", "*"): (1, 0.1, 1) for n in range(500)}
    table = grid(Crosstab(("source", "room"), values, cells))
    assert len(table["rows"]) == 201
    assert table["left_out"] == 300
