"""The JSON documents panvox writes: every key and what it holds.

Keys are written as paths: ``ledger.accepted`` is the key ``accepted`` of the object under ``ledger``, and ``[]`` stands for the
items of a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

CORPUS = {
    "name": "the configuration's `name`",
    "version": "of the corpus: 1, and one more each time it grew",
    "grew_from": "the corpus it grew from; null for the first",
    "grew_from.version": "its version",
    "grew_from.corpus_json_sha256": "digest of its `corpus.json`",
    "completed": "when it became whole, UTC",
    "config": "the configuration as it was understood, defaults included",
    "config_sha256": "digest of `config`",
    "accents": "codes that the configuration's own taxonomy names, in its order",
    "withdrawn": "null while nobody was forgotten",
    "withdrawn.speakers": "how many people were",
    "withdrawn.rewritten": "shards of earlier versions that are gone, whose other rows a later version wrote again",
    "inputs": "digest of every setting and every file that the corpus was made from, by name",
    "libraries": "versions that the bytes depend on",
    "ledger.records_read": "records in the metadata",
    "ledger.accepted": "records in the manifest",
    "ledger.quarantined": "records in quarantine, by rule",
    "ledger.recipes_planned": "rows planned in this version",
    "ledger.rows_written": "rows written in this version",
    "ledger.left_out": "accepted recordings that no shard holds as they are, by the reason in `plan/left-out`",
    "files": "SHA-256 of every file, by its path in the output directory",
}
"""Keys of ``corpus.json``."""

RECIPE = {
    "asked": "what was to be done: replayed by `panvox simulate --recipe`; null in a recorded row",
    "asked.condition": "name of the condition",
    "asked.seed": "of everything that was drawn for this row alone",
    "asked.level_dbov": "active level of the speech's early part at the output, dBov",
    "asked.snr_db": "active speech level over noise level, dB; null without noise",
    "asked.noise": "null without noise",
    "asked.noise.kind": "`recording`, `babble`, `machine` or `coloured`",
    "asked.noise.bank": "name of the noise in the configuration",
    "asked.noise.file": "the recording",
    "asked.noise.sha256": "digest of its decoded samples",
    "asked.noise.span_s": "the part of it that this split may use, s",
    "asked.noise.start_s": "where the excerpt starts in it, s",
    "asked.noise.talkers[]": "babble's talkers",
    "asked.noise.talkers[].recording_id": "the recording that is heard",
    "asked.noise.talkers[].speaker_id": "who speaks in it",
    "asked.noise.talkers[].audio": "its file",
    "asked.noise.talkers[].audio_sha256": "digest of its decoded samples",
    "asked.noise.talkers[].offset_s": "where it starts in its file, s; null for the whole file",
    "asked.noise.talkers[].duration_s": "its length, s",
    "asked.noise.talkers[].start_s": "where in it the talker starts, s",
    "asked.noise.fundamental_hz": "a machine's tone, Hz",
    "asked.noise.harmonics_db": "levels of its fundamental and harmonics re each other, dB",
    "asked.noise.repetition_hz": "how often it sounds in a second; null for all the time",
    "asked.noise.duty": "share of each repetition during which it sounds",
    "asked.noise.jitter": "how early or late it may begin, as a share of the repetition",
    "asked.noise.ramp_s": "time in which it swells and dies away, s",
    "asked.noise.colour": "colour of stationary noise",
    "asked.noise.seed": "of a machine's phases and jitter, or of coloured noise",
    "asked.noise.room": "the room's response from where the noise comes, as `asked.room`; null where it comes from everywhere",
    "asked.room": "null without a room",
    "asked.room.kind": "`generated` or `measured`",
    "asked.room.name": "name of the room in the configuration",
    "asked.room.t60_s": "broad-band reverberation time of a generated room, s; null where it is asked by octave",
    "asked.room.t60_octaves_s": "reverberation time by octave band, s; null where it is asked broad-band",
    "asked.room.distance_m": "from talker to microphone, m",
    "asked.room.dimensions_m": "length, width, height, m",
    "asked.room.source_m": "where the talker is, m from a corner",
    "asked.room.receiver_m": "where the microphone is, m from a corner",
    "asked.room.drr_db": "direct-to-reverberant ratio, dB; null for what geometry or the measured response gives",
    "asked.room.seed": "of the reverberation's tail",
    "asked.room.file": "the measured response",
    "asked.room.sha256": "digest of its decoded samples",
    "asked.handset": "null without a handset",
    "asked.handset.name": "name of the handset in the configuration",
    "asked.handset.preset": "name of the preset it builds on; null without one",
    "asked.handset.microphone": "name of its microphone response, or points of Hz and dB",
    "asked.handset.noise_floor_dbov": "level of its electronic noise, dBov; null without",
    "asked.handset.agc": "automatic gain control, by the names of its settings; null without",
    "asked.handset.clipping_dbov": "level at which the converter clips, dB re full scale; null where nothing clips",
    "asked.handset.dc": "constant that the converter adds; null without",
    "asked.handset.band_filter": "band of the channel before the codecs; null without",
    "asked.handset.codecs": "the codecs passed, in order",
    "asked.handset.packet_loss": "`rate`, `mean_burst` and `seed` of the packets lost of the last codec; null without",
    "asked.handset.clock_offset_ppm": "how much too fast the sampling clock runs, parts per million; null for not at all",
    "asked.handset.seed": "of the electronic noise",
    "asked.transforms[]": "transforms of audiomentations: `name`, `parameters` and `seed`",
    "measured": "what came out",
    "measured.source_sample_rate": "recorded rows: rate of the recording, Hz",
    "measured.mixed_down_from": "recorded rows: channels of the recording",
    "measured.resampled": "recorded rows: whether the rate was changed",
    "measured.clipped_samples": "samples that had to be clipped to fit 16 bits",
    "measured.level_dbov": "active level of the speech's early part at the output, dBov",
    "measured.level_lowered": "whether that level is lower than asked because the peak would have left full scale",
    "measured.peak": "largest magnitude at the output, full scale = 1",
    "measured.speech_level_dbov": "active level of the speech as it was summed with the noise, reverberation included, dBov",
    "measured.speech_gain_db": "gain from the recording to the speech as it was summed, dB; a room's first 50 ms count as 0 dB",
    "measured.output_gain_db": "gain of that speech from there to the output, dB: 0 unless it was lowered behind a codec",
    "measured.activity": "share of time that this speech is active",
    "measured.noise_level_dbov": "RMS level of the noise as it was summed, dBov",
    "measured.noise_start_s": "where the excerpt really starts: later than asked where that place is silent",
    "measured.snr_db": "active speech level over noise level, dB",
    "measured.snr_clip_db": "the same with the speech's level over the whole clip, pauses included, dB",
    "measured.snr_segmental_db": "mean SNR of 20 ms frames, dB",
    "measured.snr_a_weighted_db": "SNR of both A-weighted, dB (only from `panvox simulate`)",
    "measured.t60_s": "reverberation time of the response by T30, s",
    "measured.drr_db": "direct-to-reverberant ratio of the response, dB",
    "measured.c50_db": "early-to-late ratio of the response, 50 ms, dB",
    "measured.microphone_gain_db": "gain behind microphone and band filter that gives the speech its level again, dB",
    "measured.agc_gain_db": "what gain control did to the speech's level, made up for behind it, dB; null without",
    "measured.clipped_fraction": "share of samples that the converter clipped because that was asked for",
    "measured.packets": "packets sent; null where none are lost on purpose",
    "measured.packets_lost": "how many of them were lost",
    "measured.loss_rate": "their share",
    "measured.mean_burst": "mean length of the runs of lost packets; null where none were lost",
    "measured.delay_ms": "delay of filters and codecs, taken out again, ms",
    "measured.delay_left_ms": "delay left, by cross-correlation of mixture and output, ms (only from `panvox simulate`)",
    "measured.transforms[]": "`name` of each transform and the `parameters` it drew",
}
"""Keys of a shard row's ``recipe``."""

DOCUMENTS = {"corpus.json": CORPUS, "the column `recipe`": RECIPE}


def paths_of(document: Any, prefix: str = "") -> Iterator[str]:
    """The key paths of a document, in the form in which they are documented."""
    if isinstance(document, dict):
        for key, value in document.items():
            path = f"{prefix}.{key}" if prefix else key
            yield path
            yield from paths_of(value, path)
    elif isinstance(document, list):
        for item in document:
            yield f"{prefix}[]"
            yield from paths_of(item, f"{prefix}[]")
