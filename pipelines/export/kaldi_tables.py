"""The tables of a Kaldi data directory, written in one pass over the sorted lines of all parts of a split."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby
from operator import itemgetter
from typing import Any

from pipelines import storage
from pipelines.export.merge import merged
from pipelines.export.target import Export
from pipelines.workers.progress import say

GENDERS = {
    **dict.fromkeys(("m", "male", "man", "male_masculine"), "m"),
    **dict.fromkeys(("f", "female", "woman", "female_feminine"), "f"),
}
"""Kaldi knows two; a speaker who reported another has none there."""


def write_tables(export: Export, split: str, files: Sequence[str]) -> None:
    """Write ``wav.scp``, ``text`` and so on.

    Kaldi wants each of them to name every utterance or speaker, so ``spk2gender`` and ``utt2lang`` are left out where that is
    not known of all of them.

    Args:
        export: where.
        split: of the lines.
        files: of JSON Lines, each sorted by ``utterance``.
    """
    genders, has_languages = _survey(files)
    names = ["wav.scp", "segments", "text", "utt2spk", "spk2utt", "utt2dur", "reco2dur", "utt2uniq"]
    names += ["utt2lang"] * has_languages + ["spk2gender"] * all(genders.values())
    for name, reason in (("utt2lang", "an utterance's language"), ("spk2gender", "a speaker's gender as male or female")):
        if name not in names:
            say(f"export: {split}/{name} is left out: {reason} is not given")
    with ExitStack() as stack:
        tables = {name: stack.enter_context(storage.atomic_output(export.path(split, name))) for name in names}
        for speaker, lines in groupby(map(json.loads, merged(files, _key)), itemgetter("speaker")):
            keys = []
            for line in lines:
                keys.append(line["utterance"])
                for name, value in _values(export, line).items():
                    if name in tables:
                        tables[name].write(f"{line['utterance']} {value}".rstrip().encode() + b"\n")
            tables["spk2utt"].write(f"{speaker} {' '.join(keys)}\n".encode())
            if "spk2gender" in tables:
                tables["spk2gender"].write(f"{speaker} {genders[speaker]}\n".encode())


def _values(export: Export, line: Mapping[str, Any]) -> dict[str, Any]:
    """What each table says of an utterance, which is all of its recording; the two share their name."""
    return {
        "wav.scp": export.path(line["wav"]),
        "segments": f"{line['utterance']} 0 {line['duration']}",
        "text": " ".join((line["text"] or "").split()),
        "utt2spk": line["speaker"],
        "utt2dur": line["duration"],
        "reco2dur": line["duration"],
        "utt2uniq": line["unique"],
        "utt2lang": line["language"],
    }


def _survey(files: Sequence[str]) -> tuple[dict[str, str | None], bool]:
    """Each speaker's gender as Kaldi has it, and whether every utterance has a language."""
    said: dict[str, set[str]] = {}
    has_languages = True
    for file in files:
        for line in _lines(file):
            word = (line["gender"] or "").strip().lower()
            said.setdefault(line["speaker"], set()).update({word} if word else ())
            has_languages = has_languages and bool(line["language"])
    genders = {speaker: {GENDERS.get(word) for word in words} for speaker, words in said.items()}
    return {speaker: found.pop() if len(found) == 1 else None for speaker, found in genders.items()}, has_languages


def _lines(file: str) -> Iterator[dict[str, Any]]:
    with storage.open_input(file) as lines:
        yield from map(json.loads, lines)


def _key(line: bytes) -> str:
    return str(json.loads(line)["utterance"])
