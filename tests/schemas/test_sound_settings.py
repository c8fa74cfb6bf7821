"""The settings of noises, handsets, rooms and transforms: what is taken, and what a mistake is told."""

from pathlib import Path

import pytest

from pipelines.settings import load_settings
from schemas.config import CorpusConfig
from schemas.config_file import parse_config, read_yaml
from schemas.errors import ConfigError
from schemas.handset import HandsetConfig
from schemas.names import handset_presets

HEAD = "name: test\nsources: [{metadata: recordings.csv}]\n"
TAIL = "conditions: [{name: clean}]\n"


def config(text: str, tail: str = TAIL) -> CorpusConfig:
    return parse_config(read_yaml("corpus.yaml", lambda _: (HEAD + text + tail).encode()))


def mistake(text: str, tail: str = TAIL) -> str:
    with pytest.raises(ConfigError) as caught:
        config(text, tail)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_the_scanner_of_the_design() -> None:
    noise = config(
        "noises:\n  scanner: {fundamental_hz: 128.0, harmonics_db: [0, -6, -12], repetition_hz: 2.5, duty: 0.4}\n"
    ).noises["scanner"]
    assert (noise.kind, noise.is_point_source, noise.fewest_talkers) == ("machine", True, 0)
    assert (noise.fundamental_hz, noise.repetition_hz, noise.duty) == ((128, 128), (2.5, 2.5), (0.4, 0.4))


@pytest.mark.parametrize(
    ("noise", "kind", "talkers"),
    [
        ("files: a.wav", "recording", 0),
        ("talkers: [3, 7]", "babble", 3),
        ("colour: pink", "coloured", 0),
        ("colour: speech_shaped", "coloured", 1),
    ],
)
def test_kinds_of_noise(noise: str, kind: str, talkers: int) -> None:
    found = config(f"noises: {{x: {{{noise}}}}}\n").noises["x"]
    assert (found.kind, found.fewest_talkers, found.is_point_source) == (kind, talkers, False)
    assert config(f"noises: {{x: {{{noise}, point_source: true}}}}\n").noises["x"].is_point_source


@pytest.mark.parametrize(
    ("noise", "told"),
    [
        ("{}", "give 'files'"),
        ("{colour: pink, talkers: [3, 4]}", "not 'talkers' and 'colour'"),
        ("{colour: purple}", "'white', 'pink'"),
        ("{talkers: [0, 4]}", "at least 1"),
        ("{colour: white, duty: 0.3}", "x.duty: belongs to a machine"),
        ("{fundamental_hz: 0}", "greater than 0"),
        ("{fundamental_hz: 100, repetition_hz: 2, duty: 0.9, jitter: 0.1}", "begin before the last one ends"),
        ("{fundamental_hz: 100, repetition_hz: 10, duty: 0.5, ramp_s: 0.03}", "more than half of the shortest burst"),
        ("{fundamental_hz: 100, duty: 1.5}", "between 0 and 1"),
        ("{fundamental_hz: loud}", "fundamental_hz"),
    ],
)
def test_mistakes_in_a_noise(noise: str, told: str) -> None:
    assert told in mistake(f"noises:\n  x: {noise}\n")
    assert mistake(f"noises:\n  x: {noise}\n").startswith("corpus.yaml:4: noises.x")


@pytest.mark.parametrize("name", handset_presets())
def test_every_preset_is_a_handset_and_its_keys_can_be_replaced(name: str) -> None:
    assert handset_presets()[name]["about"]
    handset = config(f"handsets: {{phone: {{preset: {name}}}}}\n").handsets["phone"]
    assert handset.preset == name
    assert handset == HandsetConfig(preset=name)
    other = config(f"handsets: {{phone: {{preset: {name}, codecs: [gsm], agc: null}}}}\n").handsets["phone"]
    assert (other.codecs, other.agc, other.microphone) == (["gsm"], None, handset.microphone)


def test_the_presets_asked_for_are_there() -> None:
    asked = {"landline", "mobile_2g", "voip_wideband", "conference_speakerphone", "cheap_far_microphone", "legacy_tape"}
    assert set(handset_presets()) == asked


@pytest.mark.parametrize(
    ("handset", "told"),
    [
        ("{preset: walkie_talkie}", "there is no preset 'walkie_talkie'; known: landline, mobile_2g"),
        ("{microphone: irs_sent}", "did you mean 'irs_send'?"),
        ("{microphone: [[100, 0]]}", "at least two points"),
        ("{microphone: [[100, 0], [50, 0]]}", "rise from point to point"),
        ("{codecs: [opus_1000]}", "Opus has 6 to 256 kbit/s"),
        ("{codecs: [amr_nb_12.2, evs]}", "codecs[1]: there is no codec 'evs'"),
        ("{packet_loss: {rate: 0.1}}", "name one under 'codecs'"),
        ("{codecs: [gsm], packet_loss: {rate: 0.8, mean_burst: 2}}", "bursts of 4 packets at least"),
        ("{codecs: [gsm], packet_loss: {rate: 1.2}}", "between 0 and 0.9"),
        ("{agc: {ratio: 0.5}}", "between 1 and 1000"),
        ("{noise_floor_dbov: 3}", "between -140 and 0"),
        ("{clock_offset_ppm: fast}", "clock_offset_ppm"),
        ("{band_filter: g713}", "'g712'"),
        ("{preset: landline, codecz: [gsm]}", "codecz: unknown key"),
    ],
)
def test_mistakes_in_a_handset(handset: str, told: str) -> None:
    assert told in mistake(f"handsets:\n  x: {handset}\n")
    assert mistake(f"handsets:\n  x: {handset}\n").startswith("corpus.yaml:4: handsets.x")


@pytest.mark.parametrize(
    "room",
    [
        "t60_s: {125: 0.7, 1000: [0.4, 0.6]}, distance_m: 1, dimensions_m: [4, 5, 3]",
        "t60_s: 0.5, source_m: [1, 1, 1], receiver_m: [[1, 2], 2, 1], dimensions_m: [4, 5, 3]",
        "t60_s: 0.5, distance_m: 1, receiver_m: [2, 2, 1], dimensions_m: [4, 5, 3], drr_db: [-3, 6]",
        'responses: "*.wav", drr_db: 0',
    ],
)
def test_rooms(room: str) -> None:
    config(f"rooms: {{x: {{{room}}}}}\n")


@pytest.mark.parametrize(
    ("room", "told"),
    [
        ("{t60_s: {100: 0.7}, distance_m: 1, dimensions_m: [4, 5, 3]}", "octave bands are 125, 250"),
        ("{t60_s: {125: -1}, distance_m: 1, dimensions_m: [4, 5, 3]}", "greater than 0"),
        ("{t60_s: 0.5, source_m: [1, 1, 1], dimensions_m: [4, 5, 3]}", "or 'source_m' and 'receiver_m' for it"),
        ("{t60_s: 0.5, distance_m: 1, source_m: [5, 1, 1], dimensions_m: [[4, 6], 5, 3]}", "outside the smallest room"),
        ("{responses: a.wav, source_m: [1, 1, 1]}", "either 'responses'"),
    ],
)
def test_mistakes_in_a_room(room: str, told: str) -> None:
    assert told in mistake(f"rooms:\n  x: {room}\n")


def corpus_in(directory: Path, text: str, conditions: str = "[{name: clean}]") -> str:
    (directory / "recordings.csv").write_text("id\n")
    (directory / "corpus.yaml").write_text(f"{HEAD}{text}conditions:\n  - {{name: clean}}\n  - {conditions}\n")
    return str(directory / "corpus.yaml")


@pytest.mark.parametrize("heading", ["", "Hz,dB\n", "# measured in June\n", "\ufeff"])
def test_a_microphone_of_one_s_own_is_read_from_its_file(tmp_path: Path, heading: str) -> None:
    (tmp_path / "mic.csv").write_text(heading + "100, -12\n\n1000, 0\n4000, 3.5\n", encoding="utf-8")
    location = corpus_in(tmp_path, "handsets: {mine: {microphone: mic.csv, codecs: [gsm]}}\n", "{name: call, handset: mine}")
    handset = load_settings(location).config.handsets["mine"]
    assert handset.microphone == [[100, -12], [1000, 0], [4000, 3.5]]
    assert handset.codecs == ["gsm"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no file 'mic.csv'"),
        ("100,0\n200,loud\n", "line 2: expected a frequency in Hz and a gain in dB, found '200,loud'"),
        ("100,0,1\n200,1,2\n", "line 2"),
        ("200,0\n100,0\n", "rise from point to point"),
        ("", "at least two points"),
    ],
)
def test_mistakes_in_a_microphone_s_file(tmp_path: Path, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / "mic.csv").write_text(content)
    with pytest.raises(ConfigError, match=r"corpus\.yaml:3: handsets\.mine\.microphone") as caught:
        load_settings(corpus_in(tmp_path, "handsets: {mine: {microphone: mic.csv}}\n", "{name: call, handset: mine}"))
    assert told in str(caught.value)


def test_a_codec_that_cannot_run_here_is_a_mistake_that_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.simulate.codecs import ffmpeg

    monkeypatch.setitem(ffmpeg.ENCODERS, "amr_nb", "libnothing")
    with pytest.raises(
        ConfigError, match=r"corpus\.yaml:3: handsets\.m\.codecs\[0\]: 'amr_nb_12\.2' needs .*'libnothing'.*pip install"
    ):
        load_settings(corpus_in(tmp_path, "handsets: {m: {preset: mobile_2g}}\n", "{name: call, handset: m}"))


@pytest.mark.parametrize(
    ("transform", "told"),
    [
        ("{name: TanhDistortoin}", "has no transform"),
        ("{name: TanhDistortion, loud: 3}", "does not take"),
        ("{p: 1}", "is required"),
    ],
)
def test_a_transform_that_cannot_be_applied_is_a_mistake(tmp_path: Path, transform: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"corpus\.yaml:\d+: conditions\[1\]\.transforms\[0\]") as caught:
        load_settings(corpus_in(tmp_path, "", f"{{name: odd, transforms: [{transform}]}}"))
    assert told in str(caught.value)
