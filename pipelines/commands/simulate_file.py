"""One file through one condition, as ``panvox simulate`` does it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from pipelines import storage
from pipelines.audio.decode import Decoded, open_audio
from pipelines.audio.encode import to_pcm16
from pipelines.audio.problem import AudioProblem
from pipelines.combinations.choose import chosen_variant
from pipelines.commands.recipe import read_recipe
from pipelines.ingest.banks import BankFile, inspect_bank_file
from pipelines.ingest.bucket import judge
from pipelines.ingest.measure import measure
from pipelines.ingest.read import metadata_files, read_file
from pipelines.ingest.record import Candidate
from pipelines.render.sounds import SoundLibrary
from pipelines.settings import Settings, load_settings
from pipelines.simulate.chain import SilentSpeechError, simulate
from pipelines.simulate.draw import NoiseFile, ResponseFile, Talker, TalkerPool, draw
from pipelines.simulate.noise import SilentNoiseError
from schemas.config import ConditionConfig
from schemas.errors import ConfigError, PanvoxError
from schemas.setting_types import suggest

TALKERS_TRIED = 40
"""Recordings of the corpus that are looked at for babble and for the spectrum of speech; a single file needs no more."""

STEMS = ("speech", "noise", "response")

Samples = NDArray[np.float32]


def simulate_file(
    config: str,
    condition: str | None,
    source: str,
    target: str,
    seed: int,
    stems: str | None,
    recipe: str | None,
    factors: Sequence[str] = (),
) -> dict[str, Any]:
    """Simulate one file and write the result, and the stems where a directory for them is given.

    Args:
        config: location of ``corpus.yaml``.
        condition: name of one of its conditions; with a recipe it may be left out, for that names its own.
        source: clean speech.
        target: WAV file to write.
        seed: fixes every draw.
        stems: directory for ``speech.wav`` and ``noise.wav`` as they were summed (32-bit float) and ``response.wav``; files of
            these names that were there before are replaced, or removed where this simulation has no such part.
        recipe: JSON file with a recipe to replay, as it stands in a shard's row or as this function returns it.
        factors: ``NAME=VALUE`` of factors of the condition; those not given are drawn.

    Returns:
        The recipe: ``asked`` and ``measured``.

    Raises:
        ConfigError: the condition does not exist or cannot be simulated, the recipe is none, or a file would be written over
            another that is needed.
        PanvoxError: a file cannot be read or written, or its speech or noise cannot be heard.
    """
    settings = load_settings(config)
    _check_targets(source, target, stems)
    rate = settings.config.audio.sample_rate
    sounds = SoundLibrary(settings)
    decoded = _read(source)
    speech = sounds.speech(decoded)
    if recipe is None:
        chosen = chosen_variant(_condition(settings, condition or ""), settings.config, seed, factors)
        asked = _drawn(settings, chosen, seed, source, decoded)
    else:
        asked = read_recipe(recipe, condition)
    try:
        done = simulate(speech, rate, asked, sounds, details=True, stems=stems is not None)
    except SilentSpeechError as error:
        raise PanvoxError(f"{source}: {error}") from error
    except SilentNoiseError as error:
        raise PanvoxError(f"noise {asked['noise']['bank']!r}: {error}") from error
    _write_wav(target, to_pcm16(done.audio)[0], rate, "PCM_16")
    if stems is not None:
        for name in STEMS:
            _write_stem(storage.join(stems, f"{name}.wav"), done.stems.get(name), rate)
    return {"asked": asked, "measured": done.measured}


def _check_targets(source: str, target: str, stems: str | None) -> None:
    """Nothing is written over the recording, nor over another of the results, nor into what is no WAV file by its name."""
    suffix = os.path.splitext(target)[1]
    if target == "-":
        raise ConfigError("-: the result goes into a file, for the recipe is what is printed")
    if suffix.lower() not in ("", ".wav"):
        raise ConfigError(f"{target}: the result is a WAV file, so its name cannot end in {suffix!r}")
    written = [target, *(storage.join(stems, f"{name}.wav") for name in STEMS if stems is not None)]
    real = [_real(each) for each in written]
    if _real(source) in real:
        raise ConfigError(f"{source}: would be written over; give the result or the stems another place")
    if real[0] in real[1:]:
        raise ConfigError(f"{target}: is the place of a stem as well; give the result another one")


def _condition(settings: Settings, name: str) -> ConditionConfig:
    known = {condition.name: condition for condition in settings.config.conditions}
    if name not in known:
        raise ConfigError(f"{settings.location}: there is no condition {name!r}; {suggest(name, known)}")
    if not known[name].is_simulated:
        lacking = "names no noise, handset, room or transform, so there is nothing to simulate"
        raise ConfigError(f"{settings.location}: {name!r} {lacking}")
    return known[name]


def _read(source: str) -> Decoded:
    try:
        with open_audio(source) as file:
            decoded = file.decode()
        if not np.isfinite(decoded.samples).all():
            raise AudioProblem("non_finite", "there are samples that are NaN or infinite")
        return decoded
    except AudioProblem as problem:
        raise PanvoxError(f"{source}: {problem.message}") from problem


def _drawn(settings: Settings, condition: ConditionConfig, seed: int, source: str, decoded: Decoded) -> dict[str, Any]:
    """Draw as the planner does, from whole banks, for a single file belongs to no split."""
    noise = [
        NoiseFile(file.file, file.sha256, (0.0, file.duration_s), file.duration_s)
        for file in _inspected(settings, "noise", condition.noise, settings.noises)
    ]
    response = [ResponseFile(file.file, file.sha256) for file in _inspected(settings, "response", condition.room, settings.rooms)]
    others = condition.noise is not None and settings.config.noises[condition.noise].fewest_talkers > 0
    talkers = TalkerPool(_find_talkers(settings, source, decoded.sha256()) if others else ())
    return draw(
        condition,
        settings.config,
        seed=seed,
        quantiles={},
        noise=noise,
        response=response,
        talkers=talkers,
        duration_s=decoded.duration_s,
    )


def _inspected(settings: Settings, kind: str, bank: str | None, banks: dict[str, tuple[str, ...]]) -> list[BankFile]:
    if bank is None:
        return []
    found = [inspect_bank_file(kind, bank, settings.relative(file), file) for file in banks.get(bank, ())]
    return [file for file in found if not file.problem]


def _find_talkers(settings: Settings, source: str, digest: str) -> Iterable[Talker]:
    """The first usable recording of each of the first speakers in the corpus's metadata, but of nobody who speaks in ``source``.

    Who that is the metadata says where the file is one of the corpus's, or a copy of a recording that is looked at.
    """
    speakers = _speakers_in(settings, source)
    tried = 0
    for of_source, number, location in metadata_files(settings):
        for record in read_file(of_source, number, location, settings):
            if tried == TALKERS_TRIED:
                return
            if isinstance(record, Candidate) and record.row["speaker_id"] not in speakers:
                tried += 1
                talker = _talker(settings, record)
                if talker is not None:
                    speakers.add(talker.speaker_id)
                    if talker.audio_sha256 != digest:
                        yield talker


def _speakers_in(settings: Settings, source: str) -> set[str]:
    """Who speaks in a file by the corpus's metadata; nobody in one that is none of its recordings."""
    place, base = _real(source), storage.name(source)
    return {
        record.row["speaker_id"]
        for of_source, number, location in metadata_files(settings)
        for record in read_file(of_source, number, location, settings)
        if isinstance(record, Candidate)
        and storage.name(record.row["audio"]) == base
        and _real(settings.resolve(record.row["audio"])) == place
    }


def _real(location: str) -> str:
    return location if storage.is_remote(location) else os.path.realpath(location)


def _talker(settings: Settings, record: Candidate) -> Talker | None:
    row, span = record.row, record.span
    accept = settings.config.accept
    try:
        with open_audio(settings.resolve(row["audio"])) as file:
            measured = measure(file.decode(span, accept.duration_s[1]), file.sha256)
    except AudioProblem:
        return None
    if judge(measured, accept) is not None:
        return None
    offset_s = None if span.is_whole else span.offset_s or 0.0
    return Talker(row["recording_id"], row["speaker_id"], row["audio"], offset_s, measured.duration_s, measured.audio_sha256)


def _write_wav(location: str, samples: NDArray[Any], sample_rate: int, subtype: str) -> None:
    with _told(location), storage.atomic_output(location) as file:
        soundfile.write(file, samples, sample_rate, format="WAV", subtype=subtype)


def _write_stem(location: str, samples: Samples | None, sample_rate: int) -> None:
    if samples is not None:
        _write_wav(location, samples, sample_rate, "FLOAT")
        return
    with _told(location):
        storage.remove(location)  # one of an earlier simulation would be taken for this one's


@contextmanager
def _told(location: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PanvoxError(f"{location}: cannot be written: {error.strerror or error}") from error
