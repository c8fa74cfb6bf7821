import pytest

from pipelines.simulate.recent import GeneratedRooms, Recent


def test_the_values_used_last_are_kept():
    made = []

    def value(key: str) -> str:
        return recent.get(key, lambda: made.append(key) or key.upper())

    recent: Recent[str] = Recent(2)
    assert [value(key) for key in "abacaba"] == list("ABACABA")
    assert made == ["a", "b", "c", "b"]
    with pytest.raises(ValueError, match="capacity"):
        Recent(0)


def test_a_room_is_generated_once():
    room = {
        "t60_s": 0.3,
        "dimensions_m": [4, 3, 3],
        "source_m": [1, 1, 1],
        "receiver_m": [2, 2, 1],
        "seed": 5,
        "distance_m": 1.41,
    }
    rooms = GeneratedRooms(8000)
    assert rooms(room) is rooms(dict(reversed(room.items())))
    assert rooms(room) is not rooms(room | {"seed": 6})
