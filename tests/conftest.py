"""What all tests share: in CI no test is skipped in silence, and hypothesis tries the same examples each time.

With ``PANVOX_NO_SKIP`` set, a skipped test that does not say why counts as failed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# In CI the examples are the same each time; elsewhere new ones go on looking for what nobody thought of.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# Asked for here, because the command's tests take it out of what they run.
_NO_SKIP = bool(os.environ.get("PANVOX_NO_SKIP"))
_SAYS_NOTHING = ("", "unconditional skip")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if _NO_SKIP and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = (getattr(call.excinfo.value, "msg", None) or "").strip() if call.excinfo else ""
        # A condition given as text is repeated as the reason: it says when, not why.
        if reason in _SAYS_NOTHING or reason.startswith("condition:"):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped without saying why (PANVOX_NO_SKIP is set)"
    return report
