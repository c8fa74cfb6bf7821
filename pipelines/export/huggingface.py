"""A dataset repository of the Hugging Face Hub: the shards under the names it looks for, and ``README.md``, which is the card."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from pipelines import storage
from pipelines.corpus import iterate_tables, read_json
from pipelines.export.source import Length, Part
from pipelines.export.target import Export, Target
from schemas.licences import spdx
from schemas.tables import SHARD

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"))

_LICENCE = re.compile(
    r"cc0-1\.0|cc-by-(2\.0|2\.5|3\.0|4\.0)|cc-by-sa-[34]\.0|cc-by-nc-[234]\.0|cc-by-nd-4\.0|cc-by-nc-nd-[34]\.0|"
    r"cc-by-nc-sa-[234]\.0|apache-2\.0|mit|bsd-[23]-clause|gpl-[23]\.0"
)
"""The common ones of those that the Hub lists (huggingface.co/docs/hub/repositories-licenses)."""


def _files(part: Part) -> Sequence[str]:
    return [f"data/{part.split}-{part.index:05d}-of-{part.count:05d}.parquet"]


def _write(export: Export, part: Part, shard: IO[bytes]) -> None:
    with storage.atomic_output(export.path(*_files(part))) as file:
        shutil.copyfileobj(shard, file, 1 << 20)


def _finish(export: Export, lengths: Mapping[str, Length]) -> None:
    card = storage.read_bytes(export.corpus.path("card.md")).decode()
    storage.write_text(export.path("README.md"), f"---\n{front_matter(export, lengths)}---\n\n{card}")


def front_matter(export: Export, lengths: Mapping[str, Length]) -> str:
    """What the Hub and ``load_dataset`` read at the head of the card, as YAML.

    They read YAML 1.1, in which a bare ``no`` is false and not Norwegian.
    """
    whole = export.corpus.read_corpus()
    rows = sum(length.rows for length in lengths.values())
    matter: dict[str, Any] = {
        "pretty_name": Quoted(whole["name"]),
        **_languages(export),
        **_licences(export, lengths),
        "task_categories": ["automatic-speech-recognition"],
        "size_categories": [next((name for limit, name in _SIZES if rows < limit), "n>10M")],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"data/{split}-*.parquet"} for split in lengths],
            }
        ],
        "dataset_info": {
            "features": [
                {"name": column.name, **_feature(column.type, whole["config"]["audio"]["sample_rate"])}
                for column in SHARD.columns
            ],
            "splits": [
                {"name": split, "num_bytes": _bytes(export, split), "num_examples": length.rows}
                for split, length in lengths.items()
            ],
        },
    }
    text = io.StringIO()
    YAML().dump(matter, text)
    return text.getvalue()


def _licences(export: Export, splits: Iterable[str]) -> dict[str, Any]:
    """The rows' licences under the Hub's ids: SPDX's in small letters for those it knows, ``other``, and ``unknown`` for none."""
    shards = [file for split in splits for file in export.corpus.shard_files(split)]
    found = {each for _, batch in iterate_tables(shards, ["licence"]) for each in pc.unique(batch["licence"]).to_pylist()}
    return {"license": sorted({Quoted(_licence(each)) for each in found})}


def _licence(name: str | None) -> str:
    if name is None:
        return "unknown"
    known = spdx(name).lower().removesuffix("-only")
    return known if _LICENCE.fullmatch(known) else "other"


def _languages(export: Export) -> dict[str, Any]:
    """The languages of the rows without their regions, as the Hub wants them; what is no code of a language is left out."""
    described = export.corpus.path("croissant.json")
    tags = read_json(described).get("inLanguage", ()) if storage.exists(described) else ()
    codes = {re.split("[-_ ]", tag)[0].lower() for tag in tags}
    known = sorted(code for code in codes if re.fullmatch("[a-z]{2,3}", code))
    return {"language": list(map(Quoted, known))} if known else {}


def _bytes(export: Export, split: str) -> int:
    return sum(storage.size(file) for file in storage.list_files(export.path("data"), f"{split}-*.parquet"))


def _feature(kind: pa.DataType, sample_rate: int) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {"dtype": {"audio": {"sampling_rate": sample_rate}}}
    if pa.types.is_list(kind):
        return {"sequence": str(kind.value_type)}
    return {"dtype": {"double": "float64", "float": "float32"}.get(str(kind), str(kind))}


HUGGINGFACE = Target("the Hugging Face Hub and datasets", _files, _write, finish=_finish)
