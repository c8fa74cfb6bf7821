"""Splits, the words metadata has for them, and what an evaluation set is held to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from pydantic import Field

from schemas.setting_types import Paths, Section, mistake

SPLITS = ("train", "dev", "test")
Split = Literal["train", "dev", "test"]
DEFAULT_SPLITS: dict[Split, float] = {"train": 0.8, "dev": 0.1, "test": 0.1}

SPLIT_WORDS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "development": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
}
"""What metadata may call a split, in small letters."""


class EvaluationConfig(Section):
    """Who belongs to which split, and what dev and test are held to."""

    pinned: dict[Split, Paths] = Field(
        default_factory=dict,
        description="split: text files with a speaker's or a recording's id a line; those speakers belong to it, as those do "
        "whose records name a split in the field `split`",
    )
    closed: list[Split] = Field(
        default_factory=list, description="splits that take nobody but who is pinned to them or was given to them before"
    )
    paired: bool = Field(
        False, description="every simulated test row's original stands in test as well, and `pair_id` joins them"
    )
    seal_transcripts: bool = Field(
        False, description="no sentence stands in two splits; recordings of one that belongs to another split are left out"
    )

    def check(self, splits: Collection[str]) -> None:
        """Raise a mistake where it does not fit the corpus's splits."""
        for split in self.pinned:
            if split not in splits:
                raise mistake(f"there is no split {split!r} under 'splits'", ["evaluation", "pinned", split])
        for index, split in enumerate(self.closed):
            if split not in splits:
                raise mistake(f"there is no split {split!r} under 'splits'", ["evaluation", "closed", index])
        if set(splits) <= set(self.closed):
            raise mistake("at least one split has to stay open to new speakers", ["evaluation", "closed"])
        if self.paired and "test" not in splits:
            raise mistake("there is no split 'test' under 'splits' whose rows could be paired", ["evaluation", "paired"])
