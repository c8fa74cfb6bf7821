"""Keeping what was made or loaded lately: sounds and responses that several simulations of a worker use."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from pipelines.simulate.generated_room import generated_response
from pipelines.simulate.room import Response

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The ``capacity`` values used last, by key; memory is bounded by their number. Not for use from several threads."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("the capacity must be at least 1")
        self._capacity = capacity
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept under ``key``, or what ``make`` returns, kept from now on."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = self._values[key] = make()
        if len(self._values) > self._capacity:
            self._values.popitem(last=False)
        return value


class GeneratedRooms:
    """Generated responses at one sampling rate, the last few kept: serves as ``generated`` of :class:`.chain.Sounds`."""

    def __init__(self, sample_rate: int, capacity: int = 16) -> None:
        self._sample_rate = sample_rate
        self._recent: Recent[Response] = Recent(capacity)

    def __call__(self, room: dict[str, Any]) -> Response:
        """The response of a ``room`` of kind ``generated``."""
        return self._recent.get(json.dumps(room, sort_keys=True), lambda: generated_response(room, self._sample_rate))
