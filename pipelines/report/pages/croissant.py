"""``croissant.json``: the corpus as Croissant 1.0 describes data sets (JSON-LD), loading its rows from the shards.

What only a person can say (``creator``, ``url``, ``datePublished``, ``citeAs``, …) is not there; the data card asks for it.

References:
    http://mlcommons.org/croissant/1.0, http://mlcommons.org/croissant/RAI/1.0
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from pipelines import storage
from pipelines.corpus import Corpus
from pipelines.report.pages.facts import Facts, plural
from pipelines.report.pages.responsible import responsible
from schemas.splits import SPLITS
from schemas.tables import SHARD

ROWS, SPLIT_SET, SHARDS = "utterances", "splits", "shards"

_TERMS = (
    *("citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes", "isLiveDataset"),
    *("jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated", "replace"),
    *("separator", "source", "subField", "transform", "equivalentProperty", "samplingRate"),
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{term: f"cr:{term}" for term in _TERMS},
}


def write_croissant(corpus: Corpus, facts: Facts) -> None:
    """Write ``croissant.json``."""
    write_document(corpus, croissant(facts))


def write_document(corpus: Corpus, document: dict[str, Any]) -> None:
    """Write a description as ``croissant.json``."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    storage.write_text(corpus.path("croissant.json"), text + "\n")


def croissant(facts: Facts, *, counted: bool = True) -> dict[str, Any]:
    """The description as JSON-LD; ``counted`` as in :func:`~pipelines.report.pages.responsible.responsible`."""
    languages = sorted(row.value for row in facts.facets.get("language", ()) if row.value is not None)
    licences = sorted(row.value for row in facts.facets.get("licence", ()) if row.value is not None)
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": facts.name,
        "description": _description(facts),
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "version": f"{facts.version}.0.0",
        "inLanguage": languages,
        "license": licences,
        **{f"rai:{name}": value for name, value in responsible(facts, counted=counted).items()},
        "distribution": [_shards()],
        "recordSet": [_splits(facts), _utterances()],
    }
    return {key: value for key, value in document.items() if value != []}


def _description(facts: Facts) -> str:
    coverage = facts.coverage
    rate = (facts.config.get("audio") or {}).get("sample_rate")
    return (
        f"Speech of {plural(int(coverage.value('speakers')), 'speaker')} in {plural(len(facts.accents), 'declared accent')} and "
        f"{plural(len(facts.conditions), 'acoustic condition')}: {plural(facts.ledger.recorded, 'recorded utterance')} and "
        f"{facts.ledger.simulated:,} simulated from them, {coverage.value('hours'):,.2f} hours, FLAC at {rate} Hz, in Parquet "
        "files. Simulation adds conditions, never speakers. No speaker, recording, noise or room response stands in two splits. "
        "The licence of each row is its own; those that were found are listed."
    )


def _shards() -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": SHARDS,
        "name": SHARDS,
        "description": "The shards of all splits and versions; corpus.json holds the SHA-256 of each.",
        "encodingFormat": "application/x-parquet",
        "includes": "shards/*/*.parquet",
    }


def _splits(facts: Facts) -> dict[str, Any]:
    name = f"{SPLIT_SET}/name"
    field = {"@type": "cr:Field", "@id": name, "name": "name", "description": "Name of the split.", "dataType": "sc:Text"}
    return {
        "@type": "cr:RecordSet",
        "@id": SPLIT_SET,
        "name": SPLIT_SET,
        "description": "The splits that have rows.",
        "dataType": "cr:Split",
        "key": {"@id": name},
        "field": [field],
        "data": [{name: split} for split in SPLITS if split in facts.coverage.splits],
    }


def _utterances() -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": ROWS,
        "name": ROWS,
        "description": f"One record is {SHARD.row}.",
        "key": {"@id": f"{ROWS}/id"},
        "field": [_field(column.name, column.type, column.doc) for column in SHARD.columns],
    }


def _field(name: str, kind: pa.DataType, doc: str) -> dict[str, Any]:
    source: dict[str, Any] = {"fileSet": {"@id": SHARDS}, "extract": {"column": name}}
    if pa.types.is_struct(kind):
        source["transform"] = {"jsonPath": "bytes"}
    elif name == "split":  # from the file's name, so that a reader who wants one split opens no other
        source |= {"extract": {"fileProperty": "fullpath"}, "transform": {"regex": f"shards/({'|'.join(SPLITS)})/.+parquet$"}}
    repeated = {"repeated": True} if pa.types.is_list(kind) else {}
    # No reference from the split to the record set of splits: mlcroissant would join the two, which takes all rows into memory.
    return {
        "@type": "cr:Field",
        "@id": f"{ROWS}/{name}",
        "name": name,
        "description": doc.replace("`", "'"),
        "dataType": _data_type(kind),
        **repeated,
        "source": source,
    }


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind):
        return "sc:AudioObject"
    if pa.types.is_floating(kind):
        return "sc:Float"
    return "sc:Integer" if pa.types.is_integer(kind) else "sc:Text"
