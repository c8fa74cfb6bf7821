"""Why a recording's audio cannot be used."""

from __future__ import annotations


class AudioProblem(Exception):
    """The audio breaks a rule.

    Attributes:
        rule: name in :data:`schemas.rules.RULES`.
        message: what exactly is wrong, for the person who handed the file in.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(rule, message)
        self.rule = rule
        self.message = message
