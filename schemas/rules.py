"""The rules a record can break: name, stage, and what it means.

A record that breaks one goes to quarantine under the rule's name; a row-level expectation that fails puts it there as
``expectation:<suite>.<name>``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A reason for quarantine."""

    name: str
    stage: str
    doc: str


RULES = {
    rule.name: rule
    for rule in (
        Rule("malformed_row", "read", "the row cannot be read: an unclosed quote, too many or too few cells, or no JSON object"),
        Rule("bad_encoding", "read", "the row holds bytes or escapes that are no Unicode text, or null characters"),
        Rule(
            "unsupported_source",
            "read",
            "the audio is made by a command or transform, lies in an archive panvox does not read, or is one channel of several",
        ),
        Rule("missing_id", "check", "no recording id"),
        Rule("bad_id", "check", "the id holds control characters or is longer than 256 characters"),
        Rule("missing_speaker", "check", "no speaker"),
        Rule("missing_text", "check", "no transcript, and the configuration requires one"),
        Rule("missing_audio_path", "check", "no audio file is named"),
        Rule("wrong_type", "check", "a value is not of its field's type"),
        Rule("unknown_provenance", "check", "where a value comes from is none of self_reported, observed, imputed, unknown"),
        Rule("unknown_condition", "check", "the declared condition is not in the configuration"),
        Rule("unknown_split", "check", "the split that the record names is not in the configuration"),
        Rule("impossible_segment", "check", "the segment starts before the file does, ends after it, or has no length"),
        Rule("path_leaves_root", "check", "the audio path leads out of the source's audio_root"),
        Rule(
            "withdrawn",
            "policy",
            "the speaker was forgotten (`panvox forget`), or it stands in a list of `policy.withdrawn`; nothing of it is kept",
        ),
        Rule("licence_excluded", "policy", "`policy.licences` does not let the licence in"),
        Rule("consent_excluded", "policy", "the consent lacks a scope that `policy.consent` requires"),
        Rule("missing_file", "audio", "there is no such audio file"),
        Rule("empty_file", "audio", "the audio file has no bytes, or no samples"),
        Rule("unreadable_audio", "audio", "the file cannot be decoded"),
        Rule("truncated_audio", "audio", "the file holds less than it declares, ends in mid-stream, or decoding breaks off"),
        Rule("corrupt_audio", "audio", "the file is damaged: a checksum does not match, or a part is missing between others"),
        Rule("absurd_size", "audio", "the header declares an impossible rate, channel count or length"),
        Rule("unsupported_rate", "audio", "the sampling rate is under 8 kHz"),
        Rule("non_finite", "audio", "samples are NaN or infinite"),
        Rule("silence", "audio", "the active speech level lies under `accept.silence_dbov`"),
        Rule("too_short", "audio", "shorter than `accept.duration_s` allows"),
        Rule("too_long", "audio", "longer than `accept.duration_s` allows"),
        Rule("duplicate_id", "duplicate", "an accepted record that stands earlier has the same id"),
        Rule("duplicate_audio", "duplicate", "an accepted record that stands earlier has the same audio"),
    )
}

EXPECTATION_STAGE = "expectation"
