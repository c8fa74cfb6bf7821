"""The settings of ``corpus.yaml``: one frozen model a section.

Reading the file, with line numbers for every message, is :mod:`schemas.config_file`'s work; relations between sections (a
condition that names a noise) are checked here, so that a config that validates can be planned.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from schemas.acoustics import NoiseConfig, RoomConfig
from schemas.combinations import CombinationsConfig, Excluded, FactorsConfig, check_condition, check_factors
from schemas.coverage import CoverageConfig
from schemas.handset import HandsetConfig
from schemas.policy import PolicyConfig
from schemas.population import PopulationConfig
from schemas.provenance import PROVENANCE_COLUMNS, Provenance, ProvenanceField
from schemas.pseudonyms import PseudonymsConfig
from schemas.publish import PublishConfig
from schemas.setting_types import (
    NAME_PATTERN,
    Name,
    Paths,
    PositiveRange,
    Range,
    Scalar,
    Section,
    mistake,
    show,
    suggest,
    within,
)
from schemas.splits import DEFAULT_SPLITS, EvaluationConfig, Split
from schemas.tables import FLOAT, MANIFEST, STRING
from schemas.targets import OTHERS, TargetsConfig

MIN_SAMPLE_RATE = 8000

RECORD_FIELDS = (
    "recording_id",
    "audio",
    "offset",
    "duration",
    "end",
    "text",
    "language",
    "speaker_id",
    "gender",
    "age_band",
    "first_language",
    "speaker_type",
    "accent",
    "condition",
    "licence",
    "consent",
    "split",
    *PROVENANCE_COLUMNS,
)
"""Fields that a source's ``columns`` may map and its ``defaults`` may fill."""

NUMBER_FIELDS = ("offset", "duration", "end")
"""Which part of a file a recording is, s; of a length and an end one is enough."""

TEXT_FIELDS = tuple(field for field in RECORD_FIELDS if field not in NUMBER_FIELDS)

MATCHABLE_COLUMNS = (
    "duration_s",
    "sample_rate",
    "channels",
    "encoding",
    "peak",
    "clipped_fraction",
    "dc_offset",
    "active_level_dbov",
    "activity",
    "snr_db",
    "bandwidth_hz",
    "recording_id",
    "text",
    "source",
    "language",
    "speaker_id",
    "gender",
    "age_band",
    "first_language",
    "speaker_type",
    "accent",
    "accent_raw",
    "licence",
    "consent",
    *PROVENANCE_COLUMNS,
)
"""Manifest columns that a condition's ``match`` may test."""


class AudioConfig(Section):
    """What the shards' audio is written as."""

    sample_rate: Annotated[int, Field(ge=MIN_SAMPLE_RATE, le=48000)] = Field(16000, description="Hz")
    encoding: Literal["flac"] = "flac"


class SourceConfig(Section):
    """One body of metadata with its audio."""

    name: Name | None = Field(None, description="what tables and reports call it; by default its metadata files")
    layout: Name = Field("table", description="which module under pipelines/ingest/layouts reads the metadata")
    metadata: Paths | None = Field(
        None,
        description="metadata file, or several, globs allowed, relative to corpus.yaml; "
        "where the layout knows its corpus's files they are found under `audio_root`",
    )
    audio_root: str = Field(".", description="directory that audio paths start from and may not leave")
    columns: dict[str, str] = Field(default_factory=dict, description="field of panvox: column of the metadata")
    defaults: dict[str, str] = Field(default_factory=dict, description="value of a field for every row that gives none")
    provenance: dict[ProvenanceField, Provenance] = Field(
        default_factory=dict,
        description="where each of gender, age_band, first_language and accent comes from, for rows that do not say it: "
        "`self_reported`, `observed`, `imputed` or `unknown`; by default what the layout knows of its corpus, else `unknown`",
    )
    id_prefix: str = Field("", description="put before every recording_id of this source")
    speaker_prefix: str = Field(
        "", description="put before every speaker_id of this source, where other sources use the same ids for other people"
    )
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        None, description="cell separator of a text table; by default a comma, in .tsv and .tab files a tab"
    )
    quoting: bool | None = Field(
        None, description="false reads quotation marks of a text table as ordinary characters; by default as the layout has them"
    )
    files: Paths | None = Field(
        None,
        description="of a layout that walks directories: audio files to read, by name, e.g. `*_mic1.flac`; by default all",
    )

    @model_validator(mode="after")
    def _fields_are_known(self) -> SourceConfig:
        for section, mapping in (("columns", self.columns), ("defaults", self.defaults)):
            for field in mapping:
                if field not in RECORD_FIELDS:
                    raise mistake(f"is no field of panvox; {suggest(field, RECORD_FIELDS)}", [section, field])
        if {"duration", "end"} <= self.columns.keys() | self.defaults.keys():
            raise mistake("with 'duration' and 'end' the length is given twice; leave one of them out", ["columns", "end"])
        for field in self.defaults:
            if field in PROVENANCE_COLUMNS:
                raise mistake(f"say it under 'provenance': {field.removesuffix('_provenance')}", ["defaults", field])
        return self


class AcceptConfig(Section):
    """What a recording must be like to be accepted."""

    duration_s: PositiveRange = Field((0.1, 60.0), description="shortest and longest recording accepted")
    require_text: bool = Field(True, description="quarantine recordings without a transcript")
    silence_dbov: float = Field(-70.0, description="active speech level under which a recording counts as silence")


class Bounds(Section):
    """Both ends count as inside; an end left out is open."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Bounds:
        if self.min is None and self.max is None:
            raise mistake("give 'min', 'max' or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise mistake(f"min {self.min:g} is greater than max {self.max:g}")
        return self


def _kind_of_test(value: Any) -> str | None:
    if isinstance(value, (dict, Bounds)):
        return BOUNDS
    return VALUES if isinstance(value, list) else None


BOUNDS, VALUES = "<bounds>", "<values>"
Test = Annotated[
    Annotated[Bounds, Tag(BOUNDS)] | Annotated[list[Scalar], Tag(VALUES), Field(min_length=1)],
    Discriminator(_kind_of_test, custom_error_type="test", custom_error_message="expected {min: …, max: …} or a list of values"),
]


class TransformConfig(BaseModel):
    """One transform of audiomentations; every key beside these two is a parameter of its own."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=False, allow_inf_nan=False)

    name: str = Field(description="class name of the transform, e.g. `TanhDistortion`")
    p: Annotated[float, Field(ge=0, le=1)] = Field(1.0, description="probability of applying it")

    @property
    def parameters(self) -> dict[str, Any]:
        """What its constructor is given."""
        return self.model_dump(exclude={"name"})


class ConditionConfig(Section):
    """A named acoustic condition: how to simulate it, and which recordings already are in it."""

    name: Name
    noise: str | None = None
    snr_db: Range | None = Field(None, description="active speech level over noise level, dB")
    handset: str | None = None
    room: str | None = None
    level_dbov: Annotated[Range, within(-60, 0)] = Field(
        (-26.0, -26.0), description="active level of the speech's early part at the output, dBov"
    )
    transforms: list[TransformConfig] = Field(
        default_factory=list, description="transforms of audiomentations, applied last, in order"
    )
    match: dict[str, Test] | None = Field(None, description="manifest column: {min, max} or a list of values; all must hold")
    factors: FactorsConfig | None = Field(
        None, description="values to combine: each use of the condition has one of each, `strength` of them in every combination"
    )
    strength: Literal[2, 3] = Field(
        2, description="of the factors and of what speakers bring along, how many in every combination"
    )
    cover: Literal["corpus", "split"] = Field(
        "corpus", description="whether the combinations stand in the corpus as a whole, or in every split"
    )
    exclude: list[Excluded] = Field(default_factory=list, description="combinations not to simulate: factor → value or values")
    donor_bandwidth_hz: Annotated[float, Field(ge=0)] | None = Field(
        None,
        description="least bandwidth of donors; by default what its handset and the output let pass",
    )

    @model_validator(mode="after")
    def _parts_agree(self) -> ConditionConfig:
        check_condition(self)
        for column, test in (self.match or {}).items():
            self._check_test(column, test)
        return self

    @staticmethod
    def _check_test(column: str, test: Bounds | list[Any]) -> None:
        if column not in MATCHABLE_COLUMNS:
            raise mistake(
                f"is no column of the manifest that can be matched; {suggest(column, MATCHABLE_COLUMNS)}", ["match", column]
            )
        kind_of_column = MANIFEST.schema().field(column).type
        is_text = kind_of_column == STRING
        if is_text and isinstance(test, Bounds):
            raise mistake("holds text: give a list of values", ["match", column])
        if isinstance(test, list) and any(isinstance(value, str) != is_text for value in test):
            kind = "text (put numbers in quotes)" if is_text else "numbers"
            raise mistake(f"holds {kind}, found {show(test)}", ["match", column])
        if isinstance(test, list) and kind_of_column == FLOAT:  # which nothing measured ever equals
            raise mistake(
                f"is measured: give a range, {{min: …, max: …}}, and no list of values, found {show(test)}", ["match", column]
            )

    @property
    def is_simulated(self) -> bool:
        """Whether panvox can make this condition from a donor; one with no stage can only be recorded."""
        nothing = self.noise is None and self.handset is None and self.room is None and self.factors is None
        return not nothing or bool(self.transforms)


class ShardsConfig(Section):
    """How the rows are cut into files."""

    target_mb: Annotated[float, Field(gt=0, le=500)] = Field(256, description="size to aim at, MB of 10^6 bytes")


class CorpusConfig(Section):
    """A whole ``corpus.yaml``."""

    name: Name
    seed: Annotated[int, Field(ge=0)] = 0
    audio: AudioConfig = AudioConfig()
    sources: Annotated[list[SourceConfig], Field(min_length=1)]
    accents: str | None = Field(None, description="accents.yaml: declared words to accent codes")
    accept: AcceptConfig = AcceptConfig()
    noises: dict[Name, NoiseConfig] = Field(default_factory=dict)
    handsets: dict[Name, HandsetConfig] = Field(default_factory=dict)
    rooms: dict[Name, RoomConfig] = Field(default_factory=dict)
    conditions: Annotated[list[ConditionConfig], Field(min_length=1)]
    donor_conditions: list[str] | None = Field(
        None, description="conditions whose recordings may be simulated from; by default the first condition"
    )
    targets: TargetsConfig = TargetsConfig()
    splits: dict[Split, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=DEFAULT_SPLITS.copy)
    evaluation: EvaluationConfig = EvaluationConfig()
    shards: ShardsConfig = ShardsConfig()
    population: PopulationConfig | None = Field(
        None, description="whom the corpus should stand for; without it `weight` evens the cells"
    )
    policy: PolicyConfig = PolicyConfig()
    pseudonyms: PseudonymsConfig | None = Field(None, description="hide speakers' ids under a key")
    publish: PublishConfig | None = Field(None, description="what report, card and matrices may give away of few people")
    coverage: CoverageConfig = CoverageConfig()
    combinations: CombinationsConfig = CombinationsConfig()
    expectations: Paths | None = Field(None, description="directories or files of the user's own suites")

    @model_validator(mode="after")
    def _sections_agree(self) -> CorpusConfig:
        names = [condition.name for condition in self.conditions]
        for index, condition in enumerate(self.conditions):
            if condition.name in names[:index]:
                raise mistake(f"two conditions are named {condition.name!r}", ["conditions", index, "name"])
            if condition.name in RESERVED_CONDITIONS:
                raise mistake(f"the name {condition.name!r} is reserved", ["conditions", index, "name"])
            for section in ("noise", "handset", "room"):
                used, known = getattr(condition, section), getattr(self, section + "s")
                if used is not None and used not in known:
                    message = (
                        f"there is no {used!r} under '{section}s'; {suggest(used, known) if known else 'nothing stands there'}"
                    )
                    raise mistake(message, ["conditions", index, section])
        for index, source in enumerate(self.sources):
            if source.name is not None and source.name in self.source_names[:index]:
                raise mistake(f"two sources are named {source.name!r}", ["sources", index, "name"])
        check_factors(self)
        for name in self.donor_conditions or []:
            if name not in names:
                raise mistake(f"there is no condition {name!r}; {suggest(name, names)}", ["donor_conditions"])
        if abs(sum(self.splits.values()) - 1) > 1e-9:
            raise mistake(f"the shares add up to {sum(self.splits.values()):g}, expected 1", ["splits"])
        self.evaluation.check(self.splits)
        return self

    @property
    def source_names(self) -> tuple[str, ...]:
        """What each source is called: its name, else its metadata files, else its layout and where it is."""
        return tuple(
            source.name or ", ".join(source.metadata or [f"{source.layout} in {source.audio_root}"]) for source in self.sources
        )

    @model_validator(mode="after")
    def _targets_agree(self) -> CorpusConfig:
        names = [condition.name for condition in self.conditions]
        for name in self.targets.per_condition:
            if name not in (*names, OTHERS):
                raise mistake(f"there is no condition {name!r}; {suggest(name, names)}", ["targets", "per_condition", name])
        return self

    @property
    def donors(self) -> tuple[str, ...]:
        """Names of the conditions whose recordings may be simulated from."""
        return tuple(self.donor_conditions) if self.donor_conditions is not None else (self.conditions[0].name,)

    def condition(self, name: str) -> ConditionConfig:
        """The condition of that name; raises KeyError where there is none."""
        for condition in self.conditions:
            if condition.name == name:
                return condition
        raise KeyError(name)


RESERVED_CONDITIONS = ("unassigned", "*")


def is_name(text: str) -> bool:
    """Whether ``text`` may name a corpus, a condition, a noise, a handset or a room."""
    return re.fullmatch(NAME_PATTERN, text) is not None
