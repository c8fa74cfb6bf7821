"""The tables panvox writes: every column with its type and what it means.

``docs/reference.md`` is generated from these definitions (:mod:`schemas.reference`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pyarrow as pa

from schemas.combinations import ASSIGNABLE, OBSERVED
from schemas.provenance import PROVENANCES


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: pa.DataType
    doc: str


@dataclass(frozen=True)
class Table:
    """A table's name, what one row of it is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    def schema(self, metadata: dict[str, str] | None = None) -> pa.Schema:
        """The Arrow schema; every column may be null, as readers of other tools expect."""
        return pa.schema([pa.field(column.name, column.type) for column in self.columns], metadata=metadata)

    @property
    def names(self) -> list[str]:
        """The column names in order."""
        return [column.name for column in self.columns]


STRING, FLOAT, INT, BOOL = pa.string(), pa.float64(), pa.int64(), pa.bool_()

ORIGIN_COLUMNS = (
    Column("source", INT, "which entry of the configuration's `sources` the record came from, from 0"),
    Column("source_file", STRING, "the metadata file it stands in"),
    Column("row_number", INT, "its row there, from 1, header excluded"),
)


def _from_where(field: str) -> Column:
    return Column(f"{field}_provenance", STRING, f"where it comes from: {', '.join(PROVENANCES)}; null where not given")


PEOPLE_COLUMNS = (
    Column("speaker_id", STRING, "who speaks"),
    Column("gender", STRING, "as given; null where not given, or imputed and refused"),
    _from_where("gender"),
    Column("age_band", STRING, "as given; null where not given, or imputed and refused"),
    _from_where("age_band"),
    Column("first_language", STRING, "as given; null where not given, or imputed and refused"),
    _from_where("first_language"),
    Column("speaker_type", STRING, "volunteer, professional, synthetic …; null where not given"),
)
ACCENT_COLUMNS = (
    Column("accent", STRING, "code of the declared accent, `undeclared` or `unmapped`"),
    Column("accent_all", pa.list_(STRING), "all codes the declared words map to"),
    Column("accent_raw", STRING, "the declared words; null where none were given"),
    _from_where("accent"),
    Column("accent_rule", STRING, "version of the taxonomy and the word of it that gave `accent`; null where none did"),
    Column("accent_variety", STRING, "what the taxonomy says of `accent`: the variety's BCP 47 tag"),
    Column("accent_region", STRING, "its ISO 3166-2 subdivision, or its country"),
    Column("accent_first_language", STRING, "the first language that colours it, ISO 639-3"),
)
TERMS_COLUMNS = (
    Column("licence", STRING, "licence of the recording; null where not given"),
    Column("consent", STRING, "what the speaker consented to; null where not given"),
)
AUDIO_COLUMNS = (
    Column("audio", STRING, "audio file, relative to the configuration's directory unless absolute or remote"),
    Column("offset_s", FLOAT, "where the segment starts in the file, s; null where the whole file is the recording"),
    Column("duration_s", FLOAT, "length of the recording, s"),
    Column("sample_rate", INT, "of the recording, Hz"),
    Column("channels", INT, "of the recording; more than one are mixed down by their mean"),
)
MEASURED_COLUMNS = (
    Column("encoding", STRING, "container and sample encoding as found in the file, e.g. `FLAC/PCM_16`"),
    Column("peak", FLOAT, "largest magnitude in any channel, full scale = 1"),
    Column("clipped_fraction", FLOAT, "share of samples in runs of two or more at one full-scale value"),
    Column("dc_offset", FLOAT, "mean of the mix, full scale = 1"),
    Column("active_level_dbov", FLOAT, "active speech level of the mix less its DC offset (ITU-T P.56 method B), dBov"),
    Column("activity", FLOAT, "share of time that speech is active (P.56)"),
    Column("snr_db", FLOAT, "estimate: active level over the level of the quietest frames, dB, at most 100"),
    Column("bandwidth_hz", FLOAT, "estimate: highest frequency that carries signal, Hz"),
    Column("file_sha256", STRING, "SHA-256 of the audio file"),
    Column("audio_sha256", STRING, "SHA-256 of the decoded samples of the segment at their own rate"),
)

WEIGHT_DOC = (
    "how much the row counts, on average 1 in each split and version: evens the cells, or, with a reference population, lets "
    "each person count as their groups ask"
)

MANIFEST = Table(
    "manifest",
    "an accepted recording, with what was measured on it",
    (
        Column("recording_id", STRING, "unique over the corpus, the source's `id_prefix` included"),
        *ORIGIN_COLUMNS,
        *AUDIO_COLUMNS,
        Column("text", STRING, "what is said; null where the configuration allows it to be missing"),
        Column("language", STRING, "BCP 47 tag"),
        *PEOPLE_COLUMNS,
        *ACCENT_COLUMNS,
        Column("condition", STRING, "declared, else the first that matches, else `unassigned`"),
        Column("condition_declared", BOOL, "whether the record itself names its condition"),
        Column("split_declared", STRING, "the split that the record itself names: train, dev or test; null where it names none"),
        *TERMS_COLUMNS,
        *MEASURED_COLUMNS,
        Column("extra", STRING, "JSON: the record's columns that are not mapped, and imputed values that were refused"),
    ),
)

QUARANTINE = Table(
    "quarantine",
    "a record that was not accepted",
    (
        Column("source", STRING, "the metadata file the record stands in"),
        Column("row_number", INT, "its row there, from 1, header excluded"),
        Column("record_json", STRING, "the record as it was read"),
        Column("stage", STRING, "where it was stopped: read, check, policy, audio, expectation or duplicate"),
        Column("rule", STRING, "the rule it broke, or `expectation:<name>`"),
        Column("message", STRING, "what exactly was wrong"),
    ),
)

CONDITION_COLUMNS = (
    Column("noise", STRING, "name of the simulated noise; null where none was added"),
    Column("snr_db", FLOAT, "active speech level over the added noise, dB; null where none was added"),
    Column("handset", STRING, "name of the simulated handset; null where none"),
    Column("room", STRING, "name of the simulated room; null where none"),
    Column("t60_s", FLOAT, "reverberation time of the simulated room, s; null where none"),
)

PAIR_DOC = "what a test row shares with its original and with every other simulation of it; null unless `evaluation.paired`"

RECIPE = Table(
    "recipes",
    "an utterance to write, with everything its shard's worker needs",
    (
        Column("id", STRING, "unique over the corpus; a recorded row's is its `recording_id`"),
        Column("version", INT, "version of the corpus that wrote it"),
        Column("shard", INT, "index of its shard among the shards of its split and version"),
        Column("shards", INT, "how many shards the split has in this version"),
        Column("split", STRING, "train, dev or test"),
        *ACCENT_COLUMNS,
        Column("condition", STRING, "the condition it is in"),
        Column("origin", STRING, "recorded or simulated"),
        Column("source", STRING, "the source of the recording, or of the donor: its name in the configuration"),
        Column("source_id", STRING, "the manifest's `recording_id` of the recording, or of the donor"),
        Column("pair_id", STRING, PAIR_DOC),
        Column("asked", STRING, "JSON: condition, seed and every drawn parameter; null for a recorded row"),
        *CONDITION_COLUMNS,
        Column("weight", pa.float32(), WEIGHT_DOC),
        *AUDIO_COLUMNS,
        Column("file_sha256", STRING, "SHA-256 of the audio file when it was ingested"),
        Column("audio_sha256", STRING, "SHA-256 of the decoded samples when they were ingested"),
        Column("text", STRING, "what is said"),
        Column("language", STRING, "BCP 47 tag"),
        *PEOPLE_COLUMNS,
        *TERMS_COLUMNS,
    ),
)

AUDIO_TYPE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])

SHARD = Table(
    "shards",
    "an utterance",
    (
        Column("id", STRING, "unique over the corpus"),
        Column("audio", AUDIO_TYPE, "FLAC file: its bytes, and a name for it"),
        Column("text", STRING, "what is said"),
        Column("duration", FLOAT, "s"),
        Column("sampling_rate", pa.int32(), "Hz"),
        Column("language", STRING, "BCP 47 tag"),
        *PEOPLE_COLUMNS,
        *ACCENT_COLUMNS,
        Column("condition", STRING, "the condition it is in"),
        *CONDITION_COLUMNS,
        Column("origin", STRING, "recorded, or simulated from a recording"),
        Column("source", STRING, "the source of the recording, or of the donor: its name in the configuration"),
        Column("source_id", STRING, "the manifest's `recording_id` of the recording, or of the donor"),
        Column("pair_id", STRING, PAIR_DOC),
        Column("split", STRING, "train, dev or test"),
        Column("weight", pa.float32(), WEIGHT_DOC),
        Column("licence", STRING, "licence of the recording; null where not given"),
        Column("consent", STRING, "what the speaker consented to; null where not given"),
        Column("audio_sha256", STRING, "SHA-256 of the FLAC file"),
        Column("recipe", STRING, "JSON: `asked`, what was to be done, and `measured`, what came out"),
    ),
)

COVERAGE = Table(
    "coverage",
    "the rows of one combination of split, accent, condition and origin, counted from the shards",
    (
        Column("split", STRING, "train, dev, test, or `*` for all"),
        Column("accent", STRING, "an accent code, or `*` for all"),
        Column("condition", STRING, "a condition, or `*` for all"),
        Column("origin", STRING, "recorded, simulated, or `*` for both"),
        Column("utterances", INT, "rows"),
        Column("hours", FLOAT, "length together"),
        Column("speakers", INT, "distinct speakers: at each level counted anew, never added up"),
    ),
)

GAPS = Table(
    "gaps",
    "a target that is not met",
    (
        Column("accent", STRING, "the cell's accent; `*` for what a condition lacks over all accents"),
        Column("condition", STRING, "the cell's condition; `*` for what an accent lacks over all conditions"),
        Column("have_utterances", INT, "rows planned for the cell, recorded and simulated"),
        Column("target_utterances", INT, "rows it should hold; empty where none are asked"),
        Column("missing_utterances", INT, "rows it lacks"),
        Column("have_hours", FLOAT, "hours planned for the cell"),
        Column("target_hours", FLOAT, "hours it should hold; empty where none are asked"),
        Column("missing_hours", FLOAT, "hours it lacks"),
        Column("have_speakers", INT, "distinct speakers in it"),
        Column("target_speakers", INT, "speakers it should have; empty where none are asked"),
        Column("missing_speakers", INT, "speakers it lacks"),
        Column("splits", STRING, "the splits that lack rows, with a space between; empty where only speakers are missing"),
        Column("cause", STRING, "why: of the split that lacks most; see the causes below"),
        Column("remedy", STRING, "`simulate` or `collect`"),
        Column(
            "setting",
            STRING,
            "the settings of `corpus.yaml` to change, all of them, with `; ` between; with `collect`, in place of recording more "
            "with people who are there",
        ),
        Column("value", STRING, "the value that each takes, in the same order; empty where it takes files"),
        Column("record_in", STRING, "`collect`: the condition to record in"),
        Column("speakers_to_collect", INT, "`collect`: new people to record; the same people serve all rows of the accent"),
        Column("speakers_for_target", INT, "`collect`: how many of them the target itself takes"),
        Column("existing_to_record", INT, "`collect`: people of the corpus to record again"),
        Column("minutes_each", FLOAT, "`collect`: speech to record with each of them, minutes"),
        Column("assumptions", STRING, "`collect`: what the number of new people and their minutes are calculated from"),
        Column("reason", STRING, "why it is missing and what to do, in words"),
    ),
)

ASSIGNMENT = Table(
    "assignments",
    "a speaker, noise file or room response, and the split that alone may use it; once given it never changes",
    (
        Column("kind", STRING, "speaker, noise or response"),
        Column("key", STRING, "the speaker's id, or the SHA-256 of the file's decoded samples"),
        Column("name", STRING, "the file's path for people to read; null for a speaker"),
        Column("split", STRING, "train, dev or test"),
        Column("start_s", FLOAT, "start of the time span of a file that several splits share; else null"),
        Column("end_s", FLOAT, "end of that span; else null"),
        Column("version", INT, "version of the corpus that made the assignment"),
    ),
)

LEFT_OUT = Table(
    "left-out",
    "an accepted recording that no shard holds as it is, over all versions",
    (
        Column("recording_id", STRING, "the manifest's"),
        Column("split", STRING, "the split its speaker belongs to"),
        Column(
            "reason",
            STRING,
            "`surplus`: its cell's target is met without it; `transcript`: its sentence belongs to another split",
        ),
    ),
)

COMBINATIONS = Table(
    "combinations",
    "a set of factors, or all sets of so many, in one split: how many combinations of their values occur",
    (
        Column("split", STRING, "train, dev or test, or `*` for all"),
        Column("strength", INT, "how many factors are combined"),
        Column("factors", STRING, "their names, or `*` for all sets of so many"),
        Column(
            "feasible",
            INT,
            "combinations that nothing excludes; where there are more than 500,000, all of them, and none is listed one by one",
        ),
        Column("occurring", INT, "of those, the ones that a row has"),
        Column("covered", INT, "of those, the ones that enough distinct speakers have (`combinations.speakers`)"),
        Column("to_simulate", INT, "not covered although enough speakers have the observed values; over all splits only"),
        Column("to_collect", INT, "not covered because too few speakers have the observed values; over all splits only"),
    ),
)

TUPLES = Table(
    "tuples",
    "a combination of values of two or three factors that could occur, or does, over all splits; other factors are null",
    (
        Column("strength", INT, "how many factors are combined"),
        *(Column(name, STRING, "value of this observed factor") for name in OBSERVED),
        *(Column(name, STRING, "value of this simulated factor, or `none`") for name in ASSIGNABLE),
        Column("utterances", INT, "rows that have it"),
        Column("recorded", INT, "the recorded ones of those"),
        Column("speakers", INT, "distinct speakers who have it"),
        Column("remedy", STRING, "`simulate` or `collect`; `excluded` where it should not occur; null where it is covered"),
    ),
)

MUPS = Table(
    "mups",
    "a most general pattern of observed values that too few distinct speakers fit (maximal uncovered pattern)",
    (
        *(Column(name, STRING, "a value, or `*` for any") for name in OBSERVED),
        Column("speakers", INT, "distinct speakers who fit it"),
        Column("needed", INT, "how many it takes (`combinations.speakers`)"),
        Column("missing", INT, "how many are to be recorded"),
        Column("remedy", STRING, "`collect`: simulation adds nobody"),
    ),
)

TABLES = (MANIFEST, QUARANTINE, RECIPE, SHARD, COVERAGE, GAPS, ASSIGNMENT, LEFT_OUT, COMBINATIONS, TUPLES, MUPS)


def shard_schema(sample_rate: int) -> pa.Schema:
    """The schema of a shard, with the metadata that makes Hugging Face `datasets` open `audio` as Audio.

    Args:
        sample_rate: of the audio, Hz.
    """
    features = {"audio": {"sampling_rate": sample_rate, "_type": "Audio"}}
    return SHARD.schema({"huggingface": json.dumps({"info": {"features": features}})})
