"""The only place that imports Great Expectations: it takes seconds, so it is done at first use, once a process.

Nothing is sent anywhere, printed or logged by it.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from expectations.suite import Expectation, Suite
from schemas.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

_LOCK = threading.Lock()
"""Great Expectations keeps state of its own, and Beam may run several bundles in one process."""

_QUIET = r"(great_expectations|dateutil)(\.|$)"

_RESULT_FORMAT = {"result_format": "COMPLETE", "return_unexpected_index_query": False}


@functools.cache
def _batch_definition() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        # Its import sends every warning of the process to the log.
        logging.captureWarnings(False)
        logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(False)
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("panvox").add_dataframe_asset("batch")
    # For good: restoring the filters after each batch would race with other threads.
    warnings.filterwarnings("ignore", module=_QUIET)
    return asset.add_batch_definition_whole_dataframe("rows")


def run(suite: Suite, expectations: Sequence[Expectation], frame: pd.DataFrame) -> dict[str, Mapping[str, Any]]:
    """Validate some expectations of a suite on a data frame.

    Returns:
        By the expectation's name: ``success``, and beside it everything Great Expectations gives as ``result``.

    Raises:
        ConfigError: Great Expectations cannot evaluate one of them.
    """
    with _LOCK:
        batch = _batch_definition().get_batch({"dataframe": frame})
        validated = batch.validate(_native(suite, expectations), result_format=_RESULT_FORMAT)
    results: dict[str, Mapping[str, Any]] = {}
    # Not in the order of the suite: those that raised come first.
    for entry in validated.results:
        name = entry.expectation_config.meta["name"]
        message = _exception_message(entry.exception_info)
        if message is not None:
            raise ConfigError(f"suite {suite.name}: expectation {name}: Great Expectations cannot evaluate it: {message}")
        results[name] = {"success": bool(entry.success), **entry.result}
    return results


def _native(suite: Suite, expectations: Sequence[Expectation]) -> Any:
    """The expectations as Great Expectations' own suite."""
    import great_expectations as gx

    return gx.ExpectationSuite(name=suite.name, expectations=[_native_expectation(suite, each) for each in expectations])


def _native_expectation(suite: Suite, expectation: Expectation) -> Any:
    from great_expectations.exceptions.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        return ExpectationConfiguration(
            type=expectation.type, kwargs=dict(expectation.kwargs), meta={"name": expectation.name}
        ).to_domain_obj()
    except (ValueError, TypeError, GreatExpectationsError) as error:
        raise ConfigError(
            f"suite {suite.name}: expectation {expectation.name}: Great Expectations refuses it: {error}"
        ) from error


def _exception_message(info: Mapping[str, Any]) -> str | None:
    """What was raised; the information is either about the expectation or a dictionary by metric."""
    entries = [info] if "raised_exception" in info else list(info.values())
    messages = [str(entry.get("exception_message")) for entry in entries if entry.get("raised_exception")]
    return min(messages, default=None)
