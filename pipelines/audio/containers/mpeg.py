"""MPEG audio streams, which are nothing but frames: MP3 (ISO/IEC 11172-3, 13818-3) and AAC in ADTS (13818-7).

Neither has a header that says how long it is, so every frame's header is followed to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from pipelines.audio.containers.shortfall import MAX_DECLARED_HOURS
from pipelines.audio.problem import AudioProblem

_TRAILING_TAGS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"3DI")
_LONGEST_TAG = 11
_HEADER_BYTES = 7
_SEARCH_BYTES = 1 << 16
_SURE_FOLLOWERS = 3
_MAX_PADDING = 512
"""Zeros that may follow the last frame."""

_BITRATES_KBPS = {  # by (version is 1, layer)
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_ADTS_RATES = 13


@dataclass(frozen=True)
class Frame:
    """What a frame's header says.

    Attributes:
        stream: what is the same in every frame of a stream: ``MP3`` or ``AAC``, and bits of the header.
        length: to the next frame, bytes.
        samples: a channel.
        sample_rate: Hz; 0 where it is not needed.
        side_bytes: of an MP3 frame: header and side information, after which an encoder's tag stands.
    """

    stream: tuple[str, int, int, int]
    length: int
    samples: int = 0
    sample_rate: int = 0
    side_bytes: int = 0


def check_mpeg(file: IO[bytes], size: int, start: int) -> str:
    """Follow the frames to the end of the file.

    Returns:
        ``MP3``, ``AAC``, or nothing where the file is neither.
    """
    found = _first_frame(file, start)
    if found is None:
        return ""
    position, first = found
    declared = _declared_frames(file, position, first) if first.side_bytes else 0
    if declared * first.samples > MAX_DECLARED_HOURS * 3600 * first.sample_rate:
        raise AudioProblem("absurd_size", f"the header declares {declared} MP3 frames in {size} bytes")
    count = _count_frames(file, size, position, first.stream)
    if count < declared:  # some encoders count the frame that holds the tag, others do not
        raise AudioProblem("truncated_audio", f"the header declares {declared} MP3 frames, the file holds {count}")
    return first.stream[0]


def _first_frame(file: IO[bytes], start: int) -> tuple[int, Frame] | None:
    """The first place where several frames of one stream follow each other, looked for in the file's beginning."""
    file.seek(start)
    head = file.read(_SEARCH_BYTES)
    at = head.find(b"\xff")
    while at >= 0:
        frame = read_header(head[at : at + _HEADER_BYTES])
        if frame is not None and _is_followed(file, start + at, frame, certain=at > 0):
            return start + at, frame
        at = head.find(b"\xff", at + 1)
    return None


def _is_followed(file: IO[bytes], position: int, frame: Frame, *, certain: bool) -> bool:
    """Whether other frames of its stream follow a frame; a file that ends before that will do unless it must be certain."""
    stream = frame.stream
    for followers in range(_SURE_FOLLOWERS):
        position += frame.length
        file.seek(position)
        following = read_header(file.read(_HEADER_BYTES))
        if following is None or following.stream != stream:
            return followers > 0 and not certain
        frame = following
    return True


def _count_frames(file: IO[bytes], size: int, position: int, stream: tuple[str, int, int, int]) -> int:
    """The number of frames up to the end of the file, or to the tags that stand there."""
    count = 0
    while position < size:
        file.seek(position)
        head = file.read(_LONGEST_TAG)
        frame = read_header(head)
        if frame is None or frame.stream != stream:
            if not head.startswith(_TRAILING_TAGS):
                _check_rest(file, position, size, stream[0])
            return count
        count += 1
        position += frame.length
    if position > size:
        raise AudioProblem("truncated_audio", f"the {stream[0]} stream's last frame is cut")
    return count


def _check_rest(file: IO[bytes], position: int, size: int, name: str) -> None:
    """Tell padding, a cut header and damage apart at a place where no frame begins."""
    file.seek(position)
    rest = file.read(_MAX_PADDING + 1)
    if not any(rest):
        if len(rest) > _MAX_PADDING:
            raise AudioProblem("truncated_audio", f"the {name} stream ends at byte {position}; nothing but zeros follows")
        return
    if size - position < _HEADER_BYTES and rest[0] == 0xFF:
        raise AudioProblem("truncated_audio", f"the {name} stream ends within a frame's header")
    raise AudioProblem("corrupt_audio", f"the {name} stream is damaged at byte {position}: no frame begins where one should")


def read_header(head: bytes) -> Frame | None:
    """A frame's header; None where there is none, or where it does not say how long the frame is."""
    if len(head) < _HEADER_BYTES or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = 4 - (head[1] >> 1 & 3)
    if layer == 4:
        return _read_adts(head)
    version, rate_index, bitrate_index = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or rate_index == 3 or bitrate_index in (0, 15):
        return None
    is_version_1, rate = version == 3, _RATES_HZ[version][rate_index]
    bitrate = 1000 * _BITRATES_KBPS[is_version_1, layer][bitrate_index - 1]
    padding = head[2] >> 1 & 1
    if layer == 1:
        samples, length = 384, (12 * bitrate // rate + padding) * 4
    else:
        samples = 576 if layer == 3 and not is_version_1 else 1152
        length = samples // 8 * bitrate // rate + padding
    mono = head[3] >> 6 == 3
    side = (17 if mono else 32) if is_version_1 else (9 if mono else 17)
    return Frame(("MP3", version, layer, rate_index), length, samples, rate, 4 + side)


def _read_adts(head: bytes) -> Frame | None:
    rate_index = head[2] >> 2 & 15
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    if head[1] & 0xF6 != 0xF0 or rate_index >= _ADTS_RATES or length < 7:
        return None
    return Frame(("AAC", 0, 0, rate_index), length)


def _declared_frames(file: IO[bytes], position: int, first: Frame) -> int:
    """The number of frames by an encoder's tag (Xing, Info) in the first frame; 0 without one."""
    file.seek(position + first.side_bytes)
    tag = file.read(12)
    has_count = tag[:4] in (b"Xing", b"Info") and len(tag) == 12 and tag[7] & 1
    return int.from_bytes(tag[8:12], "big") if has_count else 0
