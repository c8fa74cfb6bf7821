"""What the plans of all accents share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.plan.factors.combined import Combined
from pipelines.plan.splits.banks import Banks
from pipelines.plan.targets.goals import Allotted, Totals
from pipelines.simulate.draw import TalkerPool
from schemas.config import CorpusConfig


@dataclass(frozen=True)
class PlanContext:
    """What the plans of all accents share.

    Attributes:
        config: of the corpus.
        splits: split by speaker.
        banks: noises and responses by split.
        talkers: recordings for babble by split.
        taken: ids of recordings that look like the id of a use, so that no use is given one of them.
        combined: rows that each condition with ``factors`` needs.
        totals: the manifest as a whole.
        allotted: of what conditions should hold over all accents, by accent and condition.
    """

    config: CorpusConfig
    splits: Mapping[str, str]
    banks: Banks
    talkers: Mapping[str, TalkerPool]
    taken: frozenset[str] = frozenset()
    combined: Mapping[str, Combined] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)
    allotted: Mapping[tuple[str, str], Allotted] = field(default_factory=dict)
