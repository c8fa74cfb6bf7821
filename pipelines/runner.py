"""Running a Beam pipeline: on this machine with a worker process a core, or wherever Beam's options say."""

from __future__ import annotations

import _thread
import argparse
import contextlib
import io
import logging
import os
import re
import shlex
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions

from schemas import errors
from schemas.errors import ConfigError, PanvoxError

_LOCAL_RUNNERS = ("", "DirectRunner", "FnApiRunner")


def parse_options(arguments: Sequence[str]) -> PipelineOptions:
    """Beam's options as they stand on the command line.

    Raises:
        ConfigError: for one that Beam does not know. (With a portable runner its job server may know more, so there it is let by.)
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
    if unknown and is_local(options):
        raise ConfigError(f"unknown option {unknown[0]!r}; see --help, and Beam's documentation for pipeline options")
    return options


def is_local(options: PipelineOptions) -> bool:
    """Whether the pipeline runs on this machine's own workers."""
    return (options.view_as(StandardOptions).runner or "") in _LOCAL_RUNNERS


def run(build: Callable[[beam.Pipeline], Any], options: PipelineOptions) -> None:
    """Build a pipeline and run it to its end.

    Raises:
        PanvoxError: where a step raised one, or a worker process was killed.
    """
    runner = _local_runner(options) if is_local(options) else None
    with _quiet(), _told_of_dead_workers() as dead:
        try:
            pipeline = beam.Pipeline(runner=runner, options=options)
            build(pipeline)
            pipeline.run().wait_until_finish()
        except KeyboardInterrupt:
            if dead:
                raise PanvoxError(f"{dead[0]}; run the same command again, it goes on where this run stopped") from None
            raise
        except Exception as error:
            raise _as_told_by_the_step(error) from error


def _local_runner(options: PipelineOptions) -> Any:
    """Beam's own local runner with our worker command.

    Asked for by name, ``DirectRunner`` would first try to download another runner, and its workers would log to the terminal.
    """
    from apache_beam.portability.api import beam_provision_api_pb2
    from apache_beam.runners.portability.fn_api_runner import fn_runner
    from apache_beam.runners.portability.portable_runner import JobServiceHandle
    from apache_beam.transforms import environments

    direct = options.view_as(DirectOptions)
    if _is_given(options, "direct_running_mode") and direct.direct_running_mode != "multi_processing":
        return fn_runner.FnApiRunner()
    direct.direct_running_mode = "in_memory"  # so that the runner keeps the environment it is given here
    if not _is_given(options, "direct_num_workers"):
        direct.direct_num_workers = os.cpu_count() or 1
    command = f"exec {shlex.quote(sys.executable)} -m pipelines.worker"
    provision = fn_runner.ExtendedProvisionInfo(
        beam_provision_api_pb2.ProvisionInfo(pipeline_options=JobServiceHandle.encode_pipeline_options(options.get_all_options()))
    )
    environment = environments.SubprocessSDKEnvironment.from_command_string(command)
    return fn_runner.FnApiRunner(default_environment=environment, provision_info=provision)


def _is_given(options: PipelineOptions, name: str) -> bool:
    """Whether the option stands on the command line, be it at its default value."""
    return any(re.split("[= ]", flag)[0] == f"--{name}" for flag in options._flags)


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


@contextlib.contextmanager
def _told_of_dead_workers() -> Iterator[list[str]]:
    """Interrupt the main thread when a worker process dies, for Beam's local runner would wait for it for ever."""
    dead: list[str] = []
    before = threading.excepthook

    def note(failure: threading.ExceptHookArgs) -> None:
        found = re.match(r"Worker subprocess exited with return code (-?\d+)", str(failure.exc_value))
        if found is None:
            return
        code = int(found[1])
        dead.append(f"a worker process was killed by signal {-code}" if code < 0 else f"a worker process ended with code {code}")
        _thread.interrupt_main()

    threading.excepthook = note
    try:
        yield dead
    finally:
        threading.excepthook = before


_STEP = re.compile(r"schemas\.errors\.(\w+): (.*?)(?: \[while running '|\n\s*\n|\Z)", re.DOTALL)


def _as_told_by_the_step(error: Exception) -> Exception:
    """The PanvoxError that a step raised on a worker, which reaches us as text; any other error as it is."""
    if isinstance(error, PanvoxError):
        return type(error)(re.sub(r" \[while running '.*", "", str(error), flags=re.DOTALL))
    found = _STEP.search(str(error))
    if found is None:
        return error
    kind = getattr(errors, found[1], PanvoxError)
    return kind(found[2].strip()) if issubclass(kind, PanvoxError) else error
