"""Which rows the conditions with ``factors`` need: a covering array over what people bring along and what can be simulated.

Made once for the whole corpus, since a combination may stand in any accent; :mod:`pipelines.plan.factors.place` gives the rows to
people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipelines.combinations.array import covering_array
from pipelines.combinations.constraints import OPEN, Forbidden
from pipelines.combinations.design import Design, Variant, open_space
from pipelines.combinations.space import Profile, Space
from pipelines.plan.apportion import stable_hash
from pipelines.plan.fill.need import SNR_HEADROOM_DB
from pipelines.plan.splits.banks import Banks
from pipelines.simulate.draw import TalkerPool
from schemas.combinations import NONE, Value, values_of
from schemas.config import ConditionConfig, CorpusConfig

People = tuple[str | None, ...]
"""Values of the observed factors, accent first; None where a speaker gave none."""


class DonorGroup(NamedTuple):
    """The donors of one split whose speakers have the same observed values.

    Attributes:
        people: those values.
        split: which split.
        speakers: how many they are.
        snr_db: of the cleanest recording.
    """

    people: People
    split: str
    speakers: int
    snr_db: float


class Asked(NamedTuple):
    """A row that a condition needs.

    Attributes:
        people: observed values that its speaker must have; None where any will do.
        variant: what it is put through.
        split: where it has to stand; None where any split will do.
    """

    people: People
    variant: Variant
    split: str | None

    def fits(self, people: People, split: str) -> bool:
        """Whether somebody with those values, in that split, may speak it."""
        return self.split in (None, split) and all(
            asked is None or asked == has for asked, has in zip(self.people, people, strict=True)
        )


@dataclass(frozen=True)
class Combined:
    """What a condition with factors needs.

    Attributes:
        rows: by accent.
        variants: those of all rows, each once: what further rows take in turns.
        unreachable: by accent, assignable values that none of its people can be put into, with the reason.
    """

    rows: Mapping[str, tuple[Asked, ...]] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    unreachable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def combine(
    condition: ConditionConfig,
    config: CorpusConfig,
    groups: Iterable[DonorGroup],
    had: Iterable[Asked],
    banks: Banks,
    talkers: Mapping[str, TalkerPool],
) -> Combined:
    """What a condition with factors needs beside the rows there are.

    Args:
        condition: with ``factors``.
        config: of the corpus.
        groups: all donors whose accent is known, in any order.
        had: rows of the condition that earlier versions of the corpus wrote.
        banks: noises and responses by split.
        talkers: for babble, by split.
    """
    groups, had = sorted(groups, key=_order), sorted(had, key=_order)
    splits: tuple[str | None, ...] = (None,) if condition.cover == "corpus" else tuple(config.splits)
    rows: list[Asked] = []
    unreachable: dict[str, list[str]] = defaultdict(list)
    for split in splits:
        own = [group for group in groups if split in (None, group.split)]
        design = Design(condition, config, [group.people for group in own])
        missing = {each.split: _lacking(condition, config, each.split, banks, talkers) for each in own}
        profiles = [
            Profile(design.encode(each.people), each.speakers, _barred(design, each, missing[each.split])) for each in own
        ]
        space = Space(design.sizes, profiles, design.forbidden)
        written = [design.encode((*each.people, *each.variant)) for each in had if split in (None, each.split)]
        seed = stable_hash(config.seed, "combine", condition.name, split)
        array = covering_array(space, condition.strength, seed, written)
        rows += [Asked(_decode(design, row), design.variant(row), split) for row in array]
        for accent, what in _unreachable(design, space):
            unreachable[accent].append(what if split is None else f"{split}: {what}")
    by_accent: dict[str, list[Asked]] = defaultdict(list)
    for asked in rows:
        by_accent[str(asked.people[0])].append(asked)
    return Combined(
        {accent: tuple(own) for accent, own in by_accent.items()},
        tuple(dict.fromkeys(each.variant for each in (*had, *rows))),
        {accent: tuple(what) for accent, what in unreachable.items()},
    )


def possible(
    condition: ConditionConfig, config: CorpusConfig, split: str, banks: Banks, talkers: Mapping[str, TalkerPool]
) -> tuple[Design, Space]:
    """What the condition can be in a split, whoever speaks and however clean their recordings are."""
    return open_space(condition, config, _lacking(condition, config, split, banks, talkers))


def _order(row: DonorGroup | Asked) -> tuple[str, ...]:
    return tuple(map(repr, row))


def _lacking(
    condition: ConditionConfig, config: CorpusConfig, split: str, banks: Banks, talkers: Mapping[str, TalkerPool]
) -> dict[str, list[Value]]:
    """The noises and rooms of a condition that a split has nothing left of; babble takes talkers beside whoever speaks."""
    people = len(talkers[split]) if split in talkers else 0
    noises: list[Value] = [
        name
        for name in map(str, values_of(condition, "noise"))
        if name != NONE
        and (
            people <= config.noises[name].fewest_talkers
            if config.noises[name].fewest_talkers
            else config.noises[name].kind == "recording" and not banks.noises[name][split]
        )
    ]
    rooms: list[Value] = [
        name
        for name in map(str, values_of(condition, "room"))
        if name != NONE and config.rooms[name].responses is not None and not banks.responses[name][split]
    ]
    return {"noise": noises, "room": rooms}


def _barred(design: Design, group: DonorGroup, lacking: Mapping[str, Sequence[Value]]) -> frozenset[Forbidden]:
    """What cannot be simulated from a group: what its split lacks, and SNRs that its recordings are not clean enough for."""
    bands = [value for value in design.values[design.factors.index("snr_db")] if not isinstance(value, str)]
    beyond = [band for band in bands if group.snr_db < band[0] + SNR_HEADROOM_DB]
    combinations: list[dict[str, Sequence[Value]]] = [{factor: names} for factor, names in lacking.items()]
    combinations.append({"snr_db": beyond})
    return frozenset(barred for each in combinations if (barred := design.bar(each)) is not None)


def _decode(design: Design, row: Sequence[int]) -> People:
    return tuple(
        None if number == OPEN else str(design.values[factor][number]) for factor, number in enumerate(row[: design.observed])
    )


def _unreachable(design: Design, space: Space) -> Iterator[tuple[str, str]]:
    """Assignable values that nobody of an accent can be put into although nothing excludes them, in words."""
    anybody = Space(design.sizes, [Profile(profile.values, 1) for profile in space.profiles], design.forbidden)
    for accent, name in enumerate(design.values[0]):
        for factor in range(design.observed, len(design.factors)):
            for value in range(len(design.values[factor])):
                row = [OPEN] * len(design.factors)
                row[0], row[factor] = accent, value
                if anybody.allows(row) and not space.allows(row):
                    yield str(name), _why(design.factors[factor], design.values[factor][value])


def _why(factor: str, value: Value) -> str:
    if isinstance(value, str):
        return f"{factor} '{value}': its splits have no file or talkers left for it"
    return f"SNRs of {value[0]:g} to {value[1]:g} dB: no recording reaches {value[0] + SNR_HEADROOM_DB:g} dB"
