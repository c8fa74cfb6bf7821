"""Metadata in the forms of corpora, as many rows as are wanted; the recordings are named and not there."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterable
from itertools import islice, product
from pathlib import Path
from string import ascii_uppercase

SPEAKERS = 5_000
SPLIT_ROWS = 2_000
"""Rows of a file where a corpus has many: a conversation, an interview."""

CHAPTER_ROWS, SPEAKER_ROWS, TIMIT_ROWS = 100, 400, 10
"""Rows of a chapter of LibriSpeech, and of a speaker of VCTK and of TIMIT."""


def common_voice(folder: Path, rows: int) -> None:
    """One language, with the columns of release 21."""
    names = "client_id path sentence_id sentence sentence_domain up_votes down_votes age gender accents variant locale segment"
    said = "\t\t2\t0\ttwenties\tfemale_feminine\tScottish English\t\ten\t\n"
    lines = (f"{i % SPEAKERS:064x}\tcommon_voice_en_{i}.mp3\t{i:032x}\tThey said sentence {i} aloud.{said}" for i in range(rows))
    (folder / "clips").mkdir()
    _write(folder / "validated.tsv", [names.replace(" ", "\t") + "\n"], lines)


def table(folder: Path, rows: int) -> None:
    """A CSV file with quoted sentences."""
    lines = (f'r-{i:07d},{i}.wav,"They said, ""{i}"" aloud.",s-{i % SPEAKERS:04d},Scottish English,en\n' for i in range(rows))
    _write(folder / "recordings.csv", ["id,file,sentence,speaker,accents,language\n"], lines)


def table_jsonl(folder: Path, rows: int) -> None:
    """The same as JSON Lines."""
    said = {"accents": "Scottish English", "language": "en", "snr": 21.5}
    _write_json(
        folder / "recordings.jsonl",
        (
            {"id": f"r-{i:07d}", "file": f"{i}.wav", "sentence": f"They said {i} aloud.", "speaker": f"s-{i % SPEAKERS:04d}"}
            | said
            for i in range(rows)
        ),
    )


def kaldi(folder: Path, rows: int, order: Callable[[list[int]], object] = list) -> None:
    """A data directory without segments."""
    numbers = list(range(rows))
    values: dict[str, Callable[[int], str]] = {
        "wav.scp": lambda i: f"audio/{i % 1000}/utterance-{i:07d}.wav",
        "text": lambda i: f"THEY SAID SENTENCE {i} ALOUD",
        "utt2spk": lambda i: f"speaker-{i % SPEAKERS:04d}",
    }
    for name, value in values.items():
        order(numbers)
        _write(folder / name, (f"utterance-{i:07d} {value(i)}\n" for i in numbers))
    _write(folder / "spk2gender", (f"speaker-{i:04d} {'fm'[i % 2]}\n" for i in range(SPEAKERS)))


def kaldi_unsorted(folder: Path, rows: int) -> None:
    """The same, each file in an order of its own, which Kaldi itself would refuse."""
    kaldi(folder, rows, random.Random(7).shuffle)


def kaldi_segments(folder: Path, rows: int) -> None:
    """A data directory with segments, a hundred of each recording."""
    kaldi(folder, rows)
    _write(folder / "wav.scp", (f"call-{i:05d} audio/call-{i:05d}.wav\n" for i in range(-(-rows // 100))))
    segments = (f"utterance-{i:07d} call-{i // 100:05d} {i % 100 * 5:.2f} {i % 100 * 5 + 4.5:.2f}\n" for i in range(rows))
    _write(folder / "segments", segments)


def lhotse(folder: Path, rows: int) -> None:
    """Recordings and supervisions, both compressed."""
    _write_json(folder / "corpus_recordings_all.jsonl.gz", (_recording(i) for i in range(rows)))
    _write_json(folder / "corpus_supervisions_all.jsonl.gz", (_supervision(i) for i in range(rows)))


def lhotse_cuts(folder: Path, rows: int) -> None:
    """Cuts, compressed."""
    cuts = (
        {"id": f"c-{i:07d}", "start": 0.0, "duration": 5.0, "channel": 0, "supervisions": [_supervision(i)]}
        | {"recording": _recording(i), "type": "MonoCut"}
        for i in range(rows)
    )
    _write_json(folder / "corpus_cuts_all.jsonl.gz", cuts)


def _recording(i: int) -> dict[str, object]:
    source = {"type": "file", "channels": [0], "source": f"audio/{i % 1000}/r-{i:07d}.wav"}
    length = {"sampling_rate": 16000, "num_samples": 80000, "duration": 5.0, "channel_ids": [0]}
    return {"id": f"r-{i:07d}", "sources": [source]} | length


def _supervision(i: int) -> dict[str, object]:
    said = {"text": f"they said sentence {i} aloud", "language": "English", "speaker": f"s-{i % SPEAKERS:04d}"}
    place = {"id": f"r-{i:07d}-1", "recording_id": f"r-{i:07d}", "start": 0.0, "duration": 5.0, "channel": 0}
    return place | said | {"gender": "female", "custom": {"accent": "Scottish English"}}


def nemo(folder: Path, rows: int) -> None:
    """A manifest."""
    said = {"duration": 5.0, "lang": "en"}
    _write_json(
        folder / "manifest.json",
        (
            {"audio_filepath": f"audio/{i}.wav", "text": f"they said {i} aloud", "speaker": f"s-{i % SPEAKERS:04d}"} | said
            for i in range(rows)
        ),
    )


def librispeech(folder: Path, rows: int) -> None:
    """A chapter a speaker."""
    speakers = -(-rows // CHAPTER_ROWS)
    for speaker in range(speakers):
        chapter = folder / "train-other-500" / str(speaker) / "1"
        chapter.mkdir(parents=True)
        numbers = range(min(CHAPTER_ROWS, rows - speaker * CHAPTER_ROWS))
        _write(chapter / f"{speaker}-1.trans.txt", (f"{speaker}-1-{i:04d} THEY SAID SENTENCE {i} ALOUD\n" for i in numbers))
    _write(folder / "SPEAKERS.TXT", (f"{i} | F | train-other-500 | 25.0 | A Reader\n" for i in range(speakers)))


def edacc(folder: Path, rows: int) -> None:
    """Two people in each conversation."""
    (folder / "edacc_v1.0" / "dev").mkdir(parents=True)
    segments = (
        f"EDACC-C{i // SPLIT_ROWS:02d} 1 EDACC-C{i // SPLIT_ROWS:02d}-{'AB'[i % 2]} {i % SPLIT_ROWS:.2f} "
        f"{i % SPLIT_ROWS + 0.9:.2f} <female,l1> THEY SAID SENTENCE {i} ALOUD\n"
        for i in range(rows)
    )
    _write(folder / "edacc_v1.0" / "dev" / "stm", segments)
    people = (f"EDACC-C{i:02d}-{side},Female,Scottish,English\n" for i in range(-(-rows // SPLIT_ROWS)) for side in "AB")
    head = "PARTICIPANT_ID,What is your gender?,How would you describe your accent in English?,What is your first language?\n"
    _write(folder / "edacc_v1.0" / "linguistic_background.csv", [head], people)


def coraal(folder: Path, rows: int) -> None:
    """A transcript a speaker."""
    for speaker in range(-(-rows // SPLIT_ROWS)):
        lines = (
            f"{i + 1}\tATL_se0_ag1_f_{speaker:02d}\t{i}.0\tThey said sentence {i} aloud.\t{i}.9\n"
            for i in range(min(SPLIT_ROWS, rows - speaker * SPLIT_ROWS))
        )
        _write(folder / f"ATL_se0_ag1_f_{speaker:02d}_1.txt", ["Line\tSpkr\tStTime\tContent\tEnTime\n"], lines)
    people = (f"ATL\tATL_se0_ag1_f_{i:02d}\tFemale\t24\t19-29\n" for i in range(-(-rows // SPLIT_ROWS)))
    _write(folder / "ATL_metadata_2020.05.txt", ["CORAAL.Sub\tCORAAL.Spkr\tGender\tAge\tAge.Group\n"], people)


def afrispeech_200(folder: Path, rows: int) -> None:
    """The table of a split."""
    head = "idx,user_ids,accent,age_group,country,transcript,nchars,audio_ids,audio_paths,duration,origin,domain,split,gender\n"
    lines = (
        f'{i},{i % SPEAKERS:032x},yoruba,19-25,NG,"They said, {i}.",16,{i:032x},/AfriSpeech-200/train/{i % 1000}/{i}.wav,5.0,'
        "nigerian,clinical,train,Female\n"
        for i in range(rows)
    )
    (folder / "transcripts").mkdir()
    _write(folder / "transcripts" / "train.csv", [head], lines)


def openslr_83(folder: Path, rows: int) -> None:
    """An archive's index."""
    (folder / "welsh_english_female").mkdir()
    lines = (f"EN{i:07d}, wef_{i % SPEAKERS:05d}_{i:011d}, They said sentence {i}, aloud\n" for i in range(rows))
    _write(folder / "welsh_english_female" / "line_index.csv", lines)


def fair_speech(folder: Path, rows: int) -> None:
    """The table."""
    head = "hash_name\ttranscription\tage\tgender\tfirst_language\tsocioeconomic_bkgd\tethnicity\n"
    lines = (f"{i:032x}\tthey said {i}\t18 - 22\tfemale\tSpanish\tLow\tGroup {i % 600}\n" for i in range(rows))
    _write(folder / "downloaded_file.tsv", [head], lines)


def speech_accent_archive(folder: Path, rows: int) -> None:
    """The speaker table."""
    head = "age,age_onset,birthplace,filename,native_language,sex,speakerid,country,file_missing?,,,\n"
    lines = (f'24,12,"town {i}, somewhere",dutch{i},dutch,female,{i},netherlands,FALSE,,,\n' for i in range(rows))
    _write(folder / "speakers_all.csv", [head], lines)


def vctk(folder: Path, rows: int) -> None:
    """A file of text beside each recording."""
    speakers = -(-rows // SPEAKER_ROWS)
    _write(folder / "speaker-info.txt", (f"p{i:03d}  23  F    Scottish    Fife\n" for i in range(speakers)))
    for speaker in range(speakers):
        sounds, texts = (folder / part / f"p{speaker:03d}" for part in ("wav48_silence_trimmed", "txt"))
        _spoken(sounds, texts, f"p{speaker:03d}_{{:03d}}", "_mic1.flac", min(SPEAKER_ROWS, rows - speaker * SPEAKER_ROWS))


def l2_arctic(folder: Path, rows: int) -> None:
    """The same, a directory a speaker."""
    for speaker in range(-(-rows // SPEAKER_ROWS)):
        base = folder / f"S{speaker:03d}"
        _spoken(base / "wav", base / "transcript", "arctic_a{:04d}", ".wav", min(SPEAKER_ROWS, rows - speaker * SPEAKER_ROWS))


def timit(folder: Path, rows: int) -> None:
    """A directory a speaker, of ten sentences with four files each."""
    speakers = ["".join(letters) + "0" for letters in islice(product(ascii_uppercase, repeat=3), -(-rows // TIMIT_ROWS))]
    (folder / "DOC").mkdir()
    lines = (f"{speaker}  F  1  TRN  03/03/86  06/17/60  5'11\"  WHT  HS\n" for speaker in speakers)
    _write(folder / "DOC" / "SPKRINFO.TXT", lines)
    for number, speaker in enumerate(speakers):
        base = folder / "TRAIN" / f"DR{number % 8 + 1}" / f"F{speaker}"
        base.mkdir(parents=True)
        for i in range(min(TIMIT_ROWS, rows - number * TIMIT_ROWS)):
            (base / f"SX{i}.TXT").write_text(f"0 46797 They said sentence {i} aloud.\n")
            for kind in ("WAV", "PHN", "WRD"):
                (base / f"SX{i}.{kind}").touch()


def _spoken(sounds: Path, texts: Path, name: str, extension: str, rows: int) -> None:
    """Recordings that are empty files, with their texts."""
    for place in (sounds, texts):
        place.mkdir(parents=True, exist_ok=True)
    for i in range(rows):
        (sounds / (name.format(i) + extension)).touch()
        (texts / f"{name.format(i)}.txt").write_text(f"They said sentence {i} aloud.\n")


def _write(file: Path, *parts: Iterable[str]) -> None:
    with gzip.open(file, "wt", 1) if file.suffix == ".gz" else file.open("w") as output:
        for lines in parts:
            output.writelines(lines)


def _write_json(file: Path, records: Iterable[dict[str, object]]) -> None:
    _write(file, (json.dumps(record) + "\n" for record in records))
