"""Noise files and room responses, sealed by split.

A file goes to a split by its content, so the same recording in two banks goes the same way. A noise bank with fewer files than
splits has its files cut into disjoint time spans, one a split; a bank of responses with fewer files serves the first splits only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipelines.ingest.banks import BankFile
from pipelines.plan.apportion import largest_remainder, stable_hash
from pipelines.simulate.draw import NoiseFile, ResponseFile

Made = TypeVar("Made")


@dataclass(frozen=True)
class Allotment:
    """A file, or a time span of one, that one split alone may use; see :data:`schemas.tables.ASSIGNMENT`."""

    kind: str
    key: str
    name: str
    split: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Banks:
    """What each split may draw from.

    Attributes:
        noises: files by noise and split.
        responses: files by room and split.
        allotments: every assignment, to be frozen.
        notes: what the report should say.
    """

    noises: Mapping[str, Mapping[str, Sequence[NoiseFile]]]
    responses: Mapping[str, Mapping[str, Sequence[ResponseFile]]]
    allotments: tuple[Allotment, ...]
    notes: tuple[str, ...]


def share_banks(files: Iterable[BankFile], shares: Mapping[str, float], seed: int, frozen: Iterable[Allotment] = ()) -> Banks:
    """Give every usable file to a split, or a span of it to each.

    Args:
        files: of all banks, in any order.
        shares: of the splits, by name.
        seed: of the corpus.
        frozen: allotments made before; they never change.
    """
    known = sorted(files, key=lambda file: (file.kind, file.bank, file.file))
    notes = [f"{file.kind} file {file.file} of '{file.bank}' is left out: {file.problem}" for file in known if file.problem]
    usable = [file for file in known if not file.problem]
    allotted: dict[tuple[str, str], list[Allotment]] = defaultdict(list)
    for allotment in frozen:
        allotted[allotment.kind, allotment.key].append(allotment)
    contents: dict[tuple[str, str], dict[str, BankFile]] = defaultdict(dict)
    for file in usable:
        contents[file.kind, file.bank].setdefault(file.sha256, file)
    banks = {bank: list(members.values()) for bank, members in contents.items()}
    # Small banks choose first, so that a file that several banks hold serves the first splits in the smallest of them.
    ordered = sorted(banks.items(), key=lambda item: (len(item[1]), item[0]))
    for (kind, bank), members in ordered:
        if kind == "noise" and len(members) < len(shares):
            cut = [file for file in members if not allotted[kind, file.sha256]]
            for file in cut:
                allotted[kind, file.sha256] = _cut(file, list(shares))
            if cut:
                spans = ", ".join(f"{file.file} ({file.duration_s:.1f} s)" for file in cut)
                notes.append(
                    f"noise '{bank}' has {len(members)} file(s) for {len(shares)} splits: cut into disjoint time spans: {spans}"
                )
    for (kind, bank), members in ordered:
        _share_whole(kind, members, shares, seed, allotted)
        served = {each.split for file in members for each in allotted[kind, file.sha256]}
        what = "noise" if kind == "noise" else "room"
        notes.extend(f"{what} '{bank}' has no file left for split {split}" for split in shares if split not in served)
    return Banks(
        noises=_by_split("noise", banks, allotted, shares, _noise_file),
        responses=_by_split("response", banks, allotted, shares, _response_file),
        allotments=tuple(sorted((each for group in allotted.values() for each in group), key=str)),
        notes=tuple(notes),
    )


def _cut(file: BankFile, splits: Sequence[str]) -> list[Allotment]:
    """Equal spans: an evaluation set needs as much variety of noise as training does."""
    length = file.duration_s / len(splits)
    edges = [round(index * length, 6) for index in range(len(splits))] + [file.duration_s]
    return [
        Allotment(file.kind, file.sha256, file.file, split, start, end)
        for split, start, end in zip(splits, edges, edges[1:], strict=False)
    ]


def _share_whole(
    kind: str,
    members: Sequence[BankFile],
    shares: Mapping[str, float],
    seed: int,
    allotted: dict[tuple[str, str], list[Allotment]],
) -> None:
    """Give whole files to the splits that miss most of their share of this bank; every split gets one before any gets two."""
    wanted = largest_remainder(len(members), shares)
    held = dict.fromkeys(shares, 0)
    free = []
    for file in sorted(members, key=lambda file: stable_hash(seed, kind, file.sha256)):
        if allotted[kind, file.sha256]:
            for allotment in allotted[kind, file.sha256]:
                held[allotment.split] += 1
        else:
            free.append(file)
    for file in free:
        split = min(shares, key=lambda split: (held[split] > 0, held[split] - wanted[split], list(shares).index(split)))
        held[split] += 1
        allotted[kind, file.sha256] = [Allotment(kind, file.sha256, file.file, split)]


def _noise_file(file: BankFile, allotment: Allotment) -> NoiseFile:
    span = (0.0, file.duration_s) if allotment.start_s is None else (allotment.start_s, float(allotment.end_s or 0.0))
    return NoiseFile(file.file, file.sha256, span, file.duration_s)


def _response_file(file: BankFile, _: Allotment) -> ResponseFile:
    return ResponseFile(file.file, file.sha256)


def _by_split(
    kind: str,
    banks: Mapping[tuple[str, str], Sequence[BankFile]],
    allotted: Mapping[tuple[str, str], Sequence[Allotment]],
    splits: Iterable[str],
    make: Callable[[BankFile, Allotment], Made],
) -> dict[str, dict[str, list[Made]]]:
    """What each bank of a kind offers each split."""
    found: dict[str, dict[str, list[Made]]] = {}
    for (each, bank), members in banks.items():
        if each == kind:
            found[bank] = {split: [] for split in splits}
            for file in members:
                for allotment in allotted[kind, file.sha256]:
                    found[bank][allotment.split].append(make(file, allotment))
    return found
