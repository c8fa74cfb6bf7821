"""Every kind of mistake in a configuration has one clear message, with file, line and what was expected."""

from __future__ import annotations

import pytest

from schemas.config import CorpusConfig
from schemas.config_file import parse_config, read_yaml
from schemas.errors import ConfigError

BASE = """\
name: demo
sources:
  - metadata: r.csv
    audio_root: audio
    columns: {recording_id: id, speaker_id: who}
conditions:
  - {name: clean}
"""
"""A valid configuration of seven lines."""


def parsed(text: str | bytes) -> CorpusConfig:
    data = text.encode() if isinstance(text, str) else text
    return parse_config(read_yaml("corpus.yaml", lambda location: data))


def message(text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    assert caught.value.exit_code == 2
    return str(caught.value)


ADDED = [
    ("one dimension", "coverage: {tables: [[accent]]}", "coverage.tables[0]: expected 2 to 5 dimensions, found 1"),
    ("unknown dimension", "coverage: {tables: [[accent, sex]]}", "coverage.tables[0][1]: there is no dimension 'sex'; known: "),
    ("a dimension twice", "coverage: {tables: [[room, room]]}", "coverage.tables[0][1]: names 'room' twice"),
    ("bands that fall", "coverage: {snr_edges_db: [5, 0]}", "coverage.snr_edges_db: expected ascending numbers, dB"),
    ("no population", "population: {margins: []}", "population.margins: expected at least one, found []"),
    ("unknown key", "nosie: {}", "nosie: unknown key; did you mean 'noises'?"),
    ("unknown key in a section", "accept: {require_txt: true}", "accept.require_txt: unknown key; did you mean 'require_text'?"),
    ("unknown key in a noise", "noises: {a: {file: x}}", "noises.a.file: unknown key; did you mean 'files'?"),
    ("text for a number", "seed: seven", 'seed: expected a whole number, found "seven"'),
    ("quoted number", "seed: '7'", 'seed: expected a whole number, found "7"'),
    ("fraction for a whole number", "seed: 7.5", "seed: expected a whole number, found 7.5"),
    ("negative seed", "seed: -1", "seed: expected greater than or equal to 0, found -1"),
    ("yes for true", "accept: {require_text: yes}", 'accept.require_text: expected true or false, found "yes"'),
    ("nothing for a section", "accept:", "accept: expected a mapping of settings, found nothing"),
    ("nothing for a mapping", "noises:", "noises: expected a mapping, found nothing"),
    ("range backwards", "accept: {duration_s: [20, 1]}", "accept.duration_s: the range [20, 1] runs backwards"),
    ("range below zero", "accept: {duration_s: [-1, 1]}", "accept.duration_s: expected numbers greater than 0, found [-1, 1]"),
    ("range of three", "accept: {duration_s: [1, 2, 3]}", "expected a number or a range [low, high], found [1, 2, 3]"),
    ("range of words", "accept: {duration_s: long}", 'expected a number or a range [low, high], found "long"'),
    ("range of booleans", "accept: {duration_s: [false, true]}", "expected a number or a range [low, high]"),
    ("infinite range", "accept: {duration_s: [1, .inf]}", "accept.duration_s[1]: expected a finite number, found Infinity"),
    ("not a number", "accept: {silence_dbov: .nan}", "accept.silence_dbov: expected a finite number, found NaN"),
    ("shares of 0.9", "splits: {train: 0.8, dev: 0.1}", "splits: the shares add up to 0.9, expected 1"),
    ("share of nothing", "splits: {train: 1, dev: 0}", "splits.dev: expected greater than 0, found 0"),
    ("unknown split", "splits: {train: 0.5, valid: 0.5}", "splits.valid: expected 'train', 'dev' or 'test', found \"valid\""),
    (
        "two kinds of noise",
        "noises: {a: {files: x, talkers: 3}}",
        "noises.a: give 'files' (noise recordings), 'talkers' (babble), 'colour' (stationary) or 'fundamental_hz' (a machine),",
    ),
    ("no kind of noise", "noises: {a: {}}", "noises.a: give 'files' (noise recordings), 'talkers' (babble), 'colour'"),
    ("no talkers", "noises: {a: {talkers: 0}}", "noises.a.talkers: expected at least 1, found 0"),
    ("half a talker", "noises: {a: {talkers: 2.5}}", "noises.a.talkers: expected whole numbers, found 2.5"),
    ("bad name", "noises: {a b: {files: x}}", "expected a name of letters, digits, '_', '.' and '-', found \"a b\""),
    (
        "unknown microphone",
        "handsets: {h: {microphone: irs_sent}}",
        "there is no microphone 'irs_sent'; did you mean 'irs_send'?",
    ),
    ("unknown codec", "handsets: {h: {codecs: [mp3]}}", "handsets.h.codecs[0]: there is no codec 'mp3'; known: "),
    ("half a room", "rooms: {r: {t60_s: 0.5}}", "rooms.r: a generated room needs 't60_s', 'distance_m' and 'dimensions_m'"),
    (
        "flat room",
        "rooms: {r: {t60_s: 1, distance_m: 1, dimensions_m: [3, 4]}}",
        "expected [length, width, height], found [3, 4]",
    ),
    (
        "dead room",
        "rooms: {r: {t60_s: 0, distance_m: 1, dimensions_m: [3, 4, 3]}}",
        "rooms.r.t60_s: expected numbers greater than 0",
    ),
    ("two kinds of room", "rooms: {r: {t60_s: 1, responses: x}}", "rooms.r: give either 'responses' or 't60_s'"),
    ("two targets", "targets: {per_cell: {utterances: 3, hours: 3}}", "targets.per_cell: give 'utterances' or 'hours', not both"),
    ("no target", "targets: {per_cell: {}}", "targets.per_cell: give 'utterances', 'hours' or 'share', or 'speakers', or both"),
    ("share in per cent", "targets: {max_share_per_speaker: 25}", "expected less than or equal to 1, found 25"),
    ("unknown choice", "targets: {surplus: throw}", "targets.surplus: expected 'keep' or 'drop', found \"throw\""),
    ("unknown donor", "donor_conditions: [claen]", "donor_conditions: there is no condition 'claen'; did you mean 'clean'?"),
    ("low rate", "audio: {sample_rate: 4000}", "audio.sample_rate: expected greater than or equal to 8000, found 4000"),
    ("other encoding", "audio: {encoding: mp3}", "audio.encoding: expected 'flac', found \"mp3\""),
    ("large shards", "shards: {target_mb: 1000}", "shards.target_mb: expected less than or equal to 500, found 1000"),
    ("duplicate key", "name: other", 'not valid YAML: found duplicate key "name"'),
    ("undefined alias", "noises: *a", "not valid YAML: found undefined alias 'a'"),
    ("unclosed bracket", "accept: {duration_s: [1, 2", "not valid YAML: expected ',' or ']'"),
    ("second document", "---\nname: b", "not valid YAML: but found another document"),
    ("control character", "seed: \a", "not valid YAML: control characters are not allowed"),
    ("object of Python's", "seed: !!python/object/apply:os.system [ls]", "seed: expected a whole number"),
]


@pytest.mark.parametrize(("added", "expected"), [pytest.param(added, expected, id=name) for name, added, expected in ADDED])
def test_mistake_in_the_last_line(added: str, expected: str) -> None:
    told = message(BASE + added + "\n")
    assert told.startswith("corpus.yaml:8: ")
    assert expected in told
    assert "\n" not in told


CHANGED = [
    ("name is missing", "name: demo\n", "", "corpus.yaml:1: name: is required"),
    ("name is a number", "demo", "2024", "corpus.yaml:1: name: expected text, found 2024; put it in quotes"),
    ("name with spaces", "demo", "my corpus", "corpus.yaml:1: name: expected a name of letters, digits, '_', '.' and '-'"),
    ("unknown key", "audio_root", "audio_rot", "corpus.yaml:4: sources[0].audio_rot: unknown key; did you mean 'audio_root'?"),
    ("unknown field", "speaker_id", "speaker", "corpus.yaml:5: sources[0].columns.speaker: is no field of panvox; did you mean"),
    ("column is a number", "who", "3", "corpus.yaml:5: sources[0].columns.speaker_id: expected text, found 3; put it in quotes"),
    ("sources are a mapping", "  - metadata: r.csv\n   ", "  metadata: r.csv\n ", "corpus.yaml:5: not valid YAML"),
    (
        "condition is a word",
        "{name: clean}",
        "clean",
        'corpus.yaml:7: conditions[0]: expected a mapping of settings, found "clean"',
    ),
    (
        "no conditions",
        "conditions:\n  - {name: clean}",
        "conditions: []",
        "corpus.yaml:6: conditions: expected at least one, found []",
    ),
    ("reserved name", "clean", "unassigned", "corpus.yaml:7: conditions[0].name: the name 'unassigned' is reserved"),
    (
        "two of one name",
        "{name: clean}",
        "{name: a}\n  - {name: a}",
        "corpus.yaml:8: conditions[1].name: two conditions are named 'a'",
    ),
    ("unknown noise", "clean}", "a, noise: x, snr_db: 5}", "corpus.yaml:7: conditions[0].noise: there is no 'x' under 'noises'"),
    ("noise without level", "clean}", "a, noise: x}", "corpus.yaml:7: conditions[0]: 'noise' and 'snr_db' belong together"),
    (
        "unknown column",
        "clean}",
        "a, match: {snr: {min: 1}}}",
        "conditions[0].match.snr: is no column of the manifest that can be matched",
    ),
    ("number to match", "clean}", "a, match: {snr_db: 3}}", "expected {min: …, max: …} or a list of values, found 3"),
    ("no bounds", "clean}", "a, match: {snr_db: {}}}", "corpus.yaml:7: conditions[0].match.snr_db: give 'min', 'max' or both"),
    (
        "unknown bound",
        "clean}",
        "a, match: {snr_db: {least: 3}}}",
        "conditions[0].match.snr_db.least: unknown key; known: min, max",
    ),
    (
        "bounds backwards",
        "clean}",
        "a, match: {snr_db: {min: 3, max: 1}}}",
        "conditions[0].match.snr_db: min 3 is greater than max 1",
    ),
    (
        "bounds of text",
        "clean}",
        "a, match: {accent: {min: 3}}}",
        "conditions[0].match.accent: holds text: give a list of values",
    ),
    ("words for numbers", "clean}", "a, match: {snr_db: [high]}}", 'conditions[0].match.snr_db: holds numbers, found ["high"]'),
    ("a list for a range", "clean}", "a, match: {snr_db: [20, 40]}}", "conditions[0].match.snr_db: is measured: give a range"),
    ("numbers for words", "clean}", "a, match: {speaker_id: [7]}}", "holds text (put numbers in quotes), found [7]"),
    ("indented by a tab", "    audio_root", "\taudio_root", "corpus.yaml:4: not valid YAML: a tab, where spaces are needed"),
    ("missing colon", "name: demo", "name demo", "corpus.yaml:2: not valid YAML: a second ':' in one setting"),
]


@pytest.mark.parametrize(("old", "new", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CHANGED])
def test_mistake_in_the_midst(old: str, new: str, expected: str) -> None:
    assert old in BASE
    told = message(BASE.replace(old, new))
    assert expected in told
    assert told.startswith("corpus.yaml:")
    assert "\n" not in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "corpus.yaml:1: the file is empty; expected a mapping of settings"),
        ("# nothing\n", "corpus.yaml:1: the file is empty; expected a mapping of settings"),
        ("- a\n", 'corpus.yaml:1: expected a mapping of settings, found ["a"]'),
        ("hello\n", 'corpus.yaml:1: expected a mapping of settings, found "hello"'),
        (BASE.encode("utf-16"), "corpus.yaml: cannot be read: it is no UTF-8 text"),
        ("a: " + "[" * 1000, "corpus.yaml:1: not valid YAML: nested too deep"),
    ],
)
def test_no_configuration_at_all(text: str | bytes, expected: str) -> None:
    assert message(text) == expected


def test_several_mistakes_are_all_told() -> None:
    told = message(BASE.replace("demo", "my corpus") + "seed: x\nshards: {target_mb: 0}\n").splitlines()
    assert [line.partition(" ")[0] for line in told] == ["corpus.yaml:1:", "corpus.yaml:8:", "corpus.yaml:9:"]


def test_files_that_are_not_there() -> None:
    def missing(location: str) -> bytes:
        raise FileNotFoundError(location)

    def directory(location: str) -> bytes:
        raise IsADirectoryError(21, "Is a directory", location)

    for read, expected in ((missing, "x.yaml: there is no such file"), (directory, "x.yaml: cannot be read: Is a directory")):
        with pytest.raises(ConfigError) as caught:
            read_yaml("x.yaml", read)
        assert str(caught.value) == expected


def test_yaml_that_is_fine() -> None:
    config = parsed("\ufeff" + BASE.replace("clean}", "clean, match: {sample_rate: [8000], accent: [en-GB]}}") + ANCHORS)
    assert config.noises["b"].files == ["noise/*"]
    assert config.noises["c"].files == ["noise/*"]
    assert config.handsets["h"].codecs == ["g711_ulaw"]
    assert config.rooms["r"].dimensions_m == ((4, 6), (3, 3), (2.5, 2.5))
    assert config.noises["d"].talkers == (3, 3)
    assert config.accept.duration_s == (0.5, 0.5)
    assert config.donors == ("clean",)


ANCHORS = """\
noises:
  a: &a {files: "noise/*"}
  b: *a
  c:
    <<: *a
  d: {talkers: 3}
handsets: {h: {codecs: g711_ulaw}}
rooms: {r: {t60_s: 1, distance_m: 1, dimensions_m: [[4, 6], 3, 2.5]}}
accept: {duration_s: 0.5}
"""
