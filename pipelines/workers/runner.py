"""Running a Beam pipeline: on this machine with a worker process a core, or wherever Beam's options say."""

from __future__ import annotations

import argparse
import builtins
import contextlib
import io
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import apache_beam as beam
import grpc  # type: ignore[import-untyped]
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, PortableOptions, StandardOptions
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.runners import create_runner
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipelines.workers.local_workers import LOCAL_WORKERS, local_runner
from pipelines.workers.ship import shipped
from schemas import errors
from schemas.errors import ConfigError, PanvoxError

_LOCAL_RUNNERS = ("", "direct", "directrunner", "fnapi", "fnapirunner")


def parse_options(arguments: Sequence[str]) -> PipelineOptions:
    """Beam's options as they stand on the command line.

    Raises:
        ConfigError: for one that Beam does not know, or whose value it refuses. (A remote runner's job server may know more
            options than Beam does here, so with one they are let by.)
    """
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    for section in PipelineOptions.__subclasses__():
        with contextlib.suppress(argparse.ArgumentError):
            section._add_argparse_args(parser)
    try:
        with contextlib.redirect_stderr(io.StringIO()) as complaint:
            _, unknown = parser.parse_known_args(list(arguments))
    except SystemExit as error:
        raise ConfigError(complaint.getvalue().strip().rpartition("error: ")[2] or "wrong Beam options") from error
    options = PipelineOptions(list(arguments))
    if is_local(options):
        if unknown:
            what = "option" if unknown[0].startswith("-") else "argument"
            raise ConfigError(f"unknown {what} {unknown[0]!r}; see --help, and Beam's documentation for pipeline options")
        if options.view_as(DirectOptions).direct_num_workers < 0:
            raise ConfigError("--direct_num_workers: expected a number of processes, or 0 for one a core")
    else:
        _check_runner(options)
    return options


def _runner_name(options: PipelineOptions) -> str:
    return options.view_as(StandardOptions).runner or ""


def _check_runner(options: PipelineOptions) -> None:
    """Raise ConfigError where Beam has no such runner, or the runner lacks an option it needs."""
    with _quiet():
        try:
            complaints = PipelineOptionsValidator(options, create_runner(_runner_name(options))).validate()
        except (ValueError, ImportError, AttributeError) as error:
            raise ConfigError(f"--runner {_runner_name(options)}: {error}") from error
    if complaints:
        raise ConfigError(f"--runner {_runner_name(options)}: {' '.join(complaints)}")


def is_local(options: PipelineOptions) -> bool:
    """Whether the pipeline runs on this machine's own workers."""
    return _runner_name(options).lower() in _LOCAL_RUNNERS


def run(build: Callable[[beam.Pipeline], Any], options: PipelineOptions) -> None:
    """Build a pipeline and run it to its end.

    Raises:
        PanvoxError: where a step raised one, the file system refused something, or a worker process was killed.
        Interrupted: the user interrupted it.
    """
    local = is_local(options)
    try:
        with _quiet(), LOCAL_WORKERS.watched():
            if local:
                _run(build, options, _local_runner(options))
            else:
                with shipped(options) as sent:
                    _run(build, sent, None)
    except Exception as error:
        told = _as_told_by_the_step(error)
        if not local and not isinstance(told, PanvoxError):
            raise PanvoxError(f"--runner {_runner_name(options)}: {_as_told_by_the_runner(error, options)}") from error
        raise told from error


def _run(build: Callable[[beam.Pipeline], Any], options: PipelineOptions, runner: Any) -> None:
    pipeline = beam.Pipeline(runner=runner, options=options)
    build(pipeline)
    pipeline.run().wait_until_finish()


def _local_runner(options: PipelineOptions) -> Any:
    direct = options.view_as(DirectOptions)
    if _is_given(options, "direct_running_mode") and direct.direct_running_mode != "multi_processing":
        return FnApiRunner()
    direct.direct_running_mode = "in_memory"  # so that the runner keeps the environment that our workers have
    if not _is_given(options, "direct_num_workers"):
        direct.direct_num_workers = _cores()
    return local_runner(options)


def _cores() -> int:
    """The cores this process may use, which in a container are fewer than the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_given(options: PipelineOptions, name: str) -> bool:
    """Whether the option stands on the command line, be it at its default value."""
    return any(re.split("[= ]", flag)[0] == f"--{name}" for flag in options._flags)  # noqa: SLF001  (Beam tells it nowhere else)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Beam's own log lines off the terminal; what goes wrong reaches the caller as an exception."""
    logger, grpc = logging.getLogger("apache_beam"), logging.getLogger("grpc")
    levels = logger.level, grpc.level
    logger.setLevel(logging.CRITICAL)
    grpc.setLevel(logging.CRITICAL)
    root_level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(levels[0])
        grpc.setLevel(levels[1])
        logging.getLogger().setLevel(root_level)


_STEP = re.compile(r"schemas\.errors\.(\w+): (.*?)(?: \[while running '|\n\s*\n|\Z)", re.DOTALL)
_REFUSED = re.compile(r"^(?:RuntimeError: )?(\w+): (.*?) \[while running '", re.MULTILINE)


def _as_told_by_the_step(error: Exception) -> Exception:
    """The PanvoxError that a step raised, or what the file system refused it; both reach us as text. Any other error as it is."""
    if isinstance(error, (PanvoxError, OSError)):
        kind = type(error) if isinstance(error, PanvoxError) else PanvoxError
        return kind(re.sub(r" \[while running '.*", "", str(error), flags=re.DOTALL))
    found = _STEP.search(str(error))
    if found is not None:
        kind = getattr(errors, found[1], PanvoxError)
        return kind(found[2].strip()) if issubclass(kind, PanvoxError) else error
    refused = _REFUSED.search(str(error))
    known = getattr(builtins, refused[1], None) if refused else None
    return PanvoxError(refused[2]) if refused and isinstance(known, type) and issubclass(known, OSError) else error


def _as_told_by_the_runner(error: Exception, options: PipelineOptions) -> str:
    if isinstance(error, grpc.FutureTimeoutError):
        return f"no job service answers at {options.view_as(PortableOptions).job_endpoint}"
    return str(error).strip() or type(error).__name__
