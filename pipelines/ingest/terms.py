"""Whether a record's licence and consent let it in."""

from __future__ import annotations

import re

from pipelines.ingest.cells import Broken, short
from schemas.licences import as_pattern, fits, is_denied
from schemas.policy import PolicyConfig


def judge_terms(policy: PolicyConfig, licence: str | None, consent: str | None) -> None:
    """Raise Broken where the policy excludes a record by its licence or consent."""
    licences, wanted = policy.licences, policy.consent
    if licences is not None and licence is None and licences.allow is not None:
        raise Broken("licence_excluded", "no licence is given, and 'policy.licences.allow' names those that may be used")
    if licences is not None and licence is not None:
        if is_denied(licence, [as_pattern(name) for name in licences.deny]):
            raise Broken("licence_excluded", f"the licence {licence!r} stands under 'policy.licences.deny'")
        if licences.allow is not None and not fits(licence, [as_pattern(name) for name in licences.allow]):
            raise Broken("licence_excluded", f"the licence {licence!r} does not stand under 'policy.licences.allow'")
    given = {" ".join(scope.casefold().split()) for scope in re.split("[;|,]", consent or "")}
    missing = [] if wanted is None else [scope for key, scope in wanted.scopes.items() if key not in given]
    if missing:
        found = "no consent is given" if consent is None else f"the consent is {short(consent)}"
        raise Broken("consent_excluded", f"{found}; 'policy.consent' requires {', '.join(missing)}")
