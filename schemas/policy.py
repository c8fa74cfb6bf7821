"""The section ``policy`` of the configuration: whose recordings the corpus may hold, and what counts of what is said of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.licences import as_pattern
from schemas.setting_types import Paths, Section, Texts, mistake


class LicencePolicy(Section):
    """Which licences may be in the corpus. Names are compared as SPDX ids, and `*` stands for anything: `CC-BY-NC-*`."""

    allow: Annotated[Texts, Field(min_length=1)] | None = Field(
        None, description="only these; a recording without a licence is then excluded too"
    )
    deny: Texts = Field(default_factory=list, description="none of these, even where `allow` fits")

    @model_validator(mode="after")
    def _names_something(self) -> LicencePolicy:
        if self.allow is None and not self.deny:
            raise mistake("give 'allow', 'deny' or both")
        for key, names in (("allow", self.allow or []), ("deny", self.deny)):
            for place, name in enumerate(names):
                if not as_pattern(name):
                    raise mistake("an empty text names no licence", [key, place])
        return self


class ConsentPolicy(Section):
    """What speakers must have consented to. A row's `consent` may list several scopes, between `;`, `|` or commas."""

    require: Annotated[Texts, Field(min_length=1)] = Field(description="scopes that a recording must have, all of them")

    @property
    def scopes(self) -> dict[str, str]:
        """The scopes as they are written, by what they are compared by."""
        return {" ".join(scope.casefold().split()): scope for scope in self.require}


class PolicyConfig(Section):
    """Whose recordings the corpus may hold. What it excludes stands in quarantine, by rule."""

    imputed: Literal["refuse", "mark"] = Field(
        "refuse",
        description="what becomes of imputed values: `refuse` counts them as not given, `mark` counts them and says so",
    )
    licences: LicencePolicy | None = Field(None, description="which licences may be in the corpus")
    consent: ConsentPolicy | None = Field(None, description="what speakers must have consented to")
    withdrawn: Paths | None = Field(
        None, description="lists of who withdrew: the id of a speaker or of a recording a line; they are forgotten for good"
    )
