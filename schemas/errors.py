"""Errors that end a run with a message for the user instead of a traceback."""

from __future__ import annotations


class PanvoxError(Exception):
    """The run failed for a reason the message explains (exit code 1)."""

    exit_code = 1


class ConfigError(PanvoxError):
    """The configuration or the command line is wrong (exit code 2); the message names file, line and what was expected."""

    exit_code = 2


class ValidationStop(PanvoxError):
    """A critical expectation failed, so the run was stopped (exit code 3)."""

    exit_code = 3


class Interrupted(PanvoxError):
    """The user interrupted the run (exit code 130, as a shell has it for a process that SIGINT ends)."""

    exit_code = 130
