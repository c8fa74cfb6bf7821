"""L2-ARCTIC: a directory a speaker, with ``wav/arctic_a0001.wav`` and ``transcript/arctic_a0001.txt``."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.layouts.tree import folder_in, is_audio, numbered, place_of, read_text, recordings_in, stem, texts_in

NATIVE_LANGUAGES = {
    "Arabic": "ABA SKA YBAA ZHAA",
    "Mandarin": "BWC LXC NCC TXHC",
    "Hindi": "ASI RRBI SVBI TNI",
    "Korean": "HJK HKK YDCK YKWK",
    "Spanish": "EBVS ERMS MBMPS NJS",
    "Vietnamese": "HQTV PNV THV TLV",
}
WOMEN = "SKA ZHAA LXC NCC SVBI TNI HJK YDCK MBMPS NJS PNV THV"
"""The speaker table stands in the corpus's readme and paper (Zhao et al., Interspeech 2018), not in a file of its own."""

_SUITCASE = "suitcase_corpus"
_FACTS = {
    speaker: {"gender": "F" if speaker in WOMEN.split() else "M", "native_language": language}
    for language, speakers in NATIVE_LANGUAGES.items()
    for speaker in speakers.split()
}

_PARTS = {"wav", "transcript"}


def find(root: str) -> list[str]:
    """Every directory with ``wav/`` beside ``transcript/``, and those beside it that have one of them.

    None where no ``wav/`` holds recordings, but others' directories.
    """
    kinds: dict[str, set[str]] = {}
    has_recordings = False
    for directory, files in storage.walk(root):
        kind = storage.name(directory).lower()
        kinds.setdefault(storage.parent(directory), set()).add(kind)
        has_recordings |= kind == "wav" and any(map(is_audio, files))
    places = {_place(each) for each, folders in kinds.items() if has_recordings and folders >= _PARTS}
    return sorted(each for each, folders in kinds.items() if folders & _PARTS and _place(each) in places)


def _place(speaker: str) -> str:
    """Where the speakers' directories are; archives unpacked each into a directory of its name have them twice, ``ABA/ABA/``."""
    above = storage.parent(speaker)
    return storage.parent(above) if storage.name(above) == storage.name(speaker) else above


def side_files(unit: Unit) -> list[str]:
    """The speaker's transcripts."""
    return storage.list_files(folder_in(unit.location, "transcript"))


@layout(
    "l2_arctic",
    find=find,
    side_files=side_files,
    fields={
        "recording_id": ("utterance",),
        "audio": ("audio",),
        "text": ("text",),
        "speaker_id": ("speaker",),
        "gender": ("gender",),
        "first_language": ("native_language",),
        "accent": ("native_language",),
    },
    defaults={"language": "en", "licence": "CC-BY-NC-4.0", "speaker_type": "volunteer"},
    expects="speakers' directories (ABA/) with wav/ and transcript/",
    caveats=("most recordings of the suitcase corpus are longer than accept.duration_s allows by default, 60 s",),
    is_corpus=True,
    is_tree=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """L2-ARCTIC: speakers' directories with wav/ and transcript/."""
    return numbered(_cells(unit))


def _cells(unit: Unit) -> Iterator[dict[str, str]]:
    sounds, texts = folder_in(unit.location, "wav"), folder_in(unit.location, "transcript")
    place, written = place_of(sounds, unit), texts_in(texts)
    recorded: dict[str, list[str]] = {}  # of an utterance one, or several that differ in their extension
    for name in recordings_in(unit, sounds):
        recorded.setdefault(stem(name), []).append(name)
    folder = storage.name(unit.location)
    is_suitcase = folder.lower() == _SUITCASE
    for utterance in sorted(recorded if unit.config.files else written | recorded):
        speaker = (utterance if is_suitcase else folder).upper()
        said = {
            "utterance": f"{_SUITCASE}-{speaker}" if is_suitcase else f"{speaker}-{utterance}",
            "text": read_text(written.get(utterance)),
            "speaker": speaker,
            **_FACTS.get(speaker, {}),
        }
        for name in recorded.get(utterance, [utterance]):
            yield said | {"audio": place + name}
