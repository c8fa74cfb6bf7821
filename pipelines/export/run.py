"""Going from shard to shard: what is there stays, what is missing is written, what stands over all of them comes last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines import storage
from pipelines.corpus import Corpus, digest_of, read_json, write_json
from pipelines.export.huggingface import HUGGINGFACE
from pipelines.export.kaldi import KALDI
from pipelines.export.lhotse_shar import LHOTSE_SHAR
from pipelines.export.nemo import NEMO_TAR
from pipelines.export.source import Length, Part, length_of, opened, parts_of
from pipelines.export.target import Export, Target
from pipelines.export.webdataset import WEBDATASET
from pipelines.people.withdrawn import read_withdrawn
from pipelines.workers.progress import progress
from schemas.errors import ConfigError
from schemas.setting_types import suggest
from schemas.splits import SPLITS

TARGETS: dict[str, Target] = {
    "lhotse-shar": LHOTSE_SHAR,
    "webdataset": WEBDATASET,
    "nemo-tar": NEMO_TAR,
    "kaldi": KALDI,
    "huggingface": HUGGINGFACE,
}
NOTE = "panvox-export.json"
"""In the export: of which corpus it is, and the splits of it that are whole."""


def export(out: str, to: str, directory: str, splits: Sequence[str] = ()) -> dict[str, Length]:
    """Export a finished corpus.

    A part of which every file is there is left alone, so an export that was stopped goes on, and ends with the same bytes.

    Args:
        out: the corpus's output directory.
        to: the form, one of :data:`TARGETS`.
        directory: where the export goes: nothing may be there but an export of the same corpus in the same form.
        splits: to export; all that have rows where none is named.

    Returns:
        How much each exported split holds.

    Raises:
        ConfigError: the corpus is not finished, or a name or the directory is wrong.
        PanvoxError: a shard is missing or damaged.
    """
    target = TARGETS.get(to)
    if target is None:
        raise ConfigError(f"--to {to}: there is no such form; {suggest(to, TARGETS)}")
    work = Export(Corpus(storage.absolute(out)), storage.absolute(directory))
    whole = _whole(work.corpus)
    parts = parts_of(work.corpus, whole["files"], splits)
    if not parts:
        raise ConfigError(f"{work.corpus.root}: the corpus has no rows to export")
    note = _open(work, to, target, whole)
    lengths: dict[str, Length] = {}
    done = 0
    with progress("export: parts written", sum(map(len, parts.values())), lambda: done):
        for split, of_split in parts.items():
            lengths[split] = Length(0, 0.0)
            for part in of_split:
                _write(work, target, part)
                lengths[split] = _add(lengths[split], length_of(part))
                done += 1
            target.finish_split(work, of_split)
    known = {split: Length(**length) for split, length in note["splits"].items()} | lengths
    ordered = {split: known[split] for split in SPLITS if split in known}
    target.finish(work, ordered)
    note["splits"] = {split: {"rows": length.rows, "seconds": length.seconds} for split, length in ordered.items()}
    write_json(work.path(NOTE), note)
    return lengths


def _write(work: Export, target: Target, part: Part) -> None:
    if not all(storage.exists(work.path(file)) for file in target.files(part)):
        with opened(part) as shard:
            target.write(work, part, shard)


def _add(one: Length, other: Length) -> Length:
    return Length(one.rows + other.rows, one.seconds + other.seconds)


def _whole(corpus: Corpus) -> dict[str, Any]:
    """``corpus.json``. Raises ConfigError where the corpus is not whole, or still holds somebody who is to be forgotten."""
    corpus.check_there()
    if not storage.exists(corpus.corpus_json):
        raise ConfigError(f"{corpus.root}: the run that fills it is not finished; finish it with 'panvox run' first")
    whole = corpus.read_corpus()
    listed = read_withdrawn(corpus).inputs()
    if listed.items() - whole.get("inputs", {}).items():
        raise ConfigError(
            f"{corpus.root}: holds people who are to be forgotten; 'panvox run' writes the version without them, and that can be "
            "exported"
        )
    return whole


def _open(work: Export, to: str, target: Target, whole: Mapping[str, Any]) -> dict[str, Any]:
    """Begin the export, or go on with it. Returns its note.

    Raises:
        ConfigError: something else is there, or it cannot be there.
    """
    directory, root = work.directory.rstrip("/"), work.corpus.root.rstrip("/")
    if f"{storage.real(directory)}/".startswith(f"{storage.real(root)}/"):
        raise ConfigError(f"--output {directory}: lies in the corpus itself, where only its own files may be")
    if target.local_only and storage.is_remote(directory):
        raise ConfigError(f"--output {directory}: {to} names its files by their path on disk, so it needs a local directory")
    shards = {file: digest for file, digest in whole["files"].items() if file.startswith("shards/")}
    identity = {"format": to, "corpus": whole["name"], "version": whole["version"], "shards_sha256": digest_of(shards)}
    if storage.exists(work.path(NOTE)):
        note = dict(read_json(work.path(NOTE)))
        changed = [key for key, value in identity.items() if note.get(key) != value]
        if changed:
            raise ConfigError(
                f"--output {directory}: holds an export of another {' and '.join(changed)}; choose another directory"
            )
        storage.remove_unfinished(directory)
        return note
    if storage.kind(directory) not in (None, "directory") or storage.list_files(directory, recursive=True):
        raise ConfigError(
            f"--output {directory}: something is there already that is no export of panvox; choose another directory"
        )
    note = identity | {"splits": {}}
    write_json(work.path(NOTE), note)
    return note
