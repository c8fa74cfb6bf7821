"""The section ``pseudonyms`` of the configuration: where the key is that speakers' ids are hidden by."""

from __future__ import annotations

from pydantic import Field, model_validator

from schemas.setting_types import Section, mistake

LEAST_KEY_BYTES = 32
PSEUDONYM_PATTERN = r"spk-[0-9a-f]{40}"


class PseudonymsConfig(Section):
    """Where the key is that speakers' ids are hidden by. The key itself is never written anywhere."""

    key_env: str | None = Field(None, description="environment variable that holds the key, here and on every worker")
    key_file: str | None = Field(None, description="file that holds the key, which every worker can read")

    @model_validator(mode="after")
    def _one_place(self) -> PseudonymsConfig:
        if (self.key_env is None) == (self.key_file is None):
            raise mistake("give 'key_env' or 'key_file', the place of the key")
        return self
