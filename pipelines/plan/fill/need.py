"""What a condition needs of the recordings it is simulated from.

They have to be clean, wide-band and dry enough that what they bring along does not show in the result.
"""

from __future__ import annotations

from typing import NamedTuple

from pipelines.simulate.codecs.registry import find_codec
from schemas.config import ConditionConfig, CorpusConfig
from schemas.handset import HandsetConfig

SNR_HEADROOM_DB = 10.0
"""A donor's own noise adds to what is mixed in; 10 dB below it biases the result by at most 0.41 dB."""

PASSED_SHARE = 0.85
"""The part of a sampled band that speech channels pass: 3400 Hz of 4000 in G.712."""

WIDEBAND_HZ = 7000.0
"""Upper edge of wide-band speech (ITU-T P.341, G.722); above it even clean speech need not reach the measure's threshold."""

NARROWBAND_HZ = 3400.0
_NARROWBAND_MICROPHONES = ("irs_send",)


class Need(NamedTuple):
    """What a condition needs of a donor.

    Attributes:
        condition: its name; a recording that is in it already is no donor for it.
        snr_db: the least SNR of its own.
        bandwidth_hz: the least bandwidth.
        donors: the conditions whose recordings may be put in it: those that are not more reverberant than it is.
    """

    condition: str
    snr_db: float
    bandwidth_hz: float
    donors: frozenset[str]


def need_of(condition: ConditionConfig, config: CorpusConfig) -> Need:
    """What a condition needs.

    The bandwidth is ``donor_bandwidth_hz`` where that is set, else what the narrowest of the output's rate, the codecs and the
    handset's band lets pass, at most that of wide-band speech. A condition with factors needs what it does without any handset
    and room, since any donor may be put through any of its combinations. Reverberation is known of conditions only, as they name
    a room: nothing blind is measured on recordings.
    """
    bandwidth_hz = condition.donor_bandwidth_hz
    if bandwidth_hz is None:
        handset = None if condition.handset is None else config.handsets[condition.handset]
        bandwidth_hz = min(WIDEBAND_HZ, PASSED_SHARE * config.audio.sample_rate / 2, _passed_hz(handset))
    donors = frozenset(name for name in config.donors if name != condition.name and is_dry_enough(name, condition, config))
    return Need(condition.name, donor_snr_db(condition.snr_db), bandwidth_hz, donors)


def donor_snr_db(snr_db: tuple[float, float] | None) -> float:
    """The least SNR of a donor for SNRs that are drawn from a range, dB; None where no noise is added."""
    return float("-inf") if snr_db is None else snr_db[0] + SNR_HEADROOM_DB


def is_dry_enough(donor: str, condition: ConditionConfig, config: CorpusConfig) -> bool:
    """Whether recordings of the condition ``donor`` are not reverberant beyond ``condition``.

    A donor condition without a room is dry. One with a room is dry enough for rooms that always have at least its longest
    reverberation time; where a room consists of measured responses that is not known, and it is not.
    """
    room = config.condition(donor).room
    if room is None:
        return True
    if condition.room is None:
        return False
    own, its = _t60_s(config, room), _t60_s(config, condition.room)
    return own is not None and its is not None and own[1] <= its[0]


def _t60_s(config: CorpusConfig, room: str) -> tuple[float, float] | None:
    """The shortest and the longest reverberation time of a room over all octaves; None for one of measured responses."""
    t60_s = config.rooms[room].t60_s
    if t60_s is None:
        return None
    bands = list(t60_s.values()) if isinstance(t60_s, dict) else [t60_s]
    return min(low for low, _ in bands), max(high for _, high in bands)


def _passed_hz(handset: HandsetConfig | None) -> float:
    """The highest frequency that a handset lets pass."""
    if handset is None:
        return float("inf")
    edges = [PASSED_SHARE * find_codec(codec).sample_rate / 2 for codec in handset.codecs]
    if handset.band_filter is not None or handset.microphone in _NARROWBAND_MICROPHONES:
        edges.append(NARROWBAND_HZ)
    return min(edges, default=float("inf"))
