"""The factors of a condition, with a number for every value, and what cannot be combined."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from pipelines.combinations.constraints import OPEN, Forbidden, forbid
from pipelines.combinations.space import Profile, Row, Space
from pipelines.simulate.uniform import DECIMALS
from schemas.combinations import ASSIGNABLE, NONE, Band, Value, values_of
from schemas.config import ConditionConfig, CorpusConfig


class Variant(NamedTuple):
    """What one use of a condition is: a value of each assignable factor."""

    noise: str
    snr_db: Value
    handset: str
    room: str

    @property
    def band_db(self) -> Band | None:
        """The band its SNR is drawn from; None without noise."""
        return None if isinstance(self.snr_db, str) else self.snr_db

    def to_text(self) -> str:
        """The variant as JSON."""
        return json.dumps(self)

    @classmethod
    def from_text(cls, text: str) -> Variant:
        """The variant that :meth:`to_text` wrote."""
        noise, snr_db, handset, room = json.loads(text)
        return cls(noise, snr_db if isinstance(snr_db, str) else (snr_db[0], snr_db[1]), handset, room)

    def of(self, condition: ConditionConfig) -> ConditionConfig:
        """The condition as it is simulated for this use; its SNR stays under the upper end of the band, where the next begins."""
        parts = {factor: None if (value := getattr(self, factor)) == NONE else value for factor in ASSIGNABLE}
        if self.band_db is not None:
            low, high = self.band_db
            parts["snr_db"] = (low, max(low, high - 2 * 10**-DECIMALS))
        return condition.model_copy(update={**parts, "factors": None, "exclude": []})


class Design:
    """The factors of one condition: the observed ones first, then the assignable ones.

    Attributes:
        factors: their names.
        values: the values of each; a value's number is its place.
        observed: how many of the factors are observed.
    """

    def __init__(self, condition: ConditionConfig, config: CorpusConfig, people: Iterable[Sequence[str | None]]) -> None:
        """With the values that ``people``, as tuples in the order of ``combinations.observed``, have."""
        known = list(people)
        names = config.combinations.observed
        own: list[tuple[Value, ...]] = [
            tuple(sorted({value for each in known if (value := each[index]) is not None})) for index in range(len(names))
        ]
        self.factors = (*names, *ASSIGNABLE)
        self.values: tuple[tuple[Value, ...], ...] = (*own, *(values_of(condition, factor) for factor in ASSIGNABLE))
        self.observed = len(names)
        self._places = {name: place for place, name in enumerate(self.factors)}
        self._numbers = [{value: number for number, value in enumerate(values)} for values in self.values]
        self.forbidden = tuple(self._forbidden(condition, config))

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each factor has."""
        return tuple(map(len, self.values))

    def encode(self, values: Sequence[Value | None]) -> Row:
        """The numbers of values, from the first factor on; OPEN for None and for values the design does not have."""
        return tuple(
            OPEN if value is None else numbers.get(value, OPEN) for value, numbers in zip(values, self._numbers, strict=False)
        )

    def variant(self, row: Row) -> Variant:
        """The assignable values of a whole row."""
        noise, snr_db, handset, room = (
            values[number] for values, number in zip(self.values[self.observed :], row[self.observed :], strict=True)
        )
        return Variant(str(noise), snr_db, str(handset), str(room))

    def bar(self, combination: Mapping[str, Iterable[Value]]) -> Forbidden | None:
        """A forbidden combination in numbers; None where it names a value that does not occur, so that it cannot."""
        numbers = {
            self._places[factor]: {self._numbers[self._places[factor]].get(value, OPEN) for value in values} - {OPEN}
            for factor, values in combination.items()
        }
        return forbid(numbers) if all(numbers.values()) else None

    def _forbidden(self, condition: ConditionConfig, config: CorpusConfig) -> Iterable[Forbidden]:
        bands = [value for value in self.values[self._places["snr_db"]] if value != NONE]
        noises = [value for value in self.values[self._places["noise"]] if value != NONE]
        implied: list[Mapping[str, Sequence[Value]]] = [
            {"noise": [NONE], "snr_db": bands},
            {"noise": noises, "snr_db": [NONE]},
        ]
        if not condition.transforms:  # nothing at all is what recorded rows are
            implied.append({"noise": [NONE], "handset": [NONE], "room": [NONE]})
        for combination in (*implied, *config.combinations.exclude, *condition.exclude):
            barred = self.bar(combination)
            if barred is not None:
                yield barred


def open_space(
    condition: ConditionConfig, config: CorpusConfig, lacking: Mapping[str, Sequence[Value]] | None = None
) -> tuple[Design, Space]:
    """What a condition can be, whoever speaks.

    Args:
        condition: which.
        config: of the corpus.
        lacking: values that cannot be had, by factor.
    """
    design = Design(condition, config, [])
    barred = (design.bar({factor: values}) for factor, values in (lacking or {}).items())
    profile = Profile((OPEN,) * design.observed, 1, frozenset(each for each in barred if each is not None))
    return design, Space(design.sizes, [profile], design.forbidden)


def variants(design: Design, space: Space) -> Iterator[Variant]:
    """Everything that the assignable factors of a design can be together."""
    nobody = (OPEN,) * design.observed
    rows = ((*nobody, *row) for row in product(*map(range, design.sizes[design.observed :])))
    return (design.variant(row) for row in rows if space.allows(row))
