"""Pseudonyms of speakers: HMAC-SHA-256 (RFC 2104) of their ids under a key that is never written.

A plain digest of an id is found again by trying ids; one under a key is not, by whoever lacks the key. Settings hold where the
key is and a fingerprint of it; each process that reads metadata fetches the key itself, so it stands in no pickled pipeline.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from typing import NoReturn

from pipelines import storage
from pipelines.people.ids import composed
from schemas.errors import ConfigError
from schemas.pseudonyms import LEAST_KEY_BYTES, PSEUDONYM_PATTERN, PseudonymsConfig

INPUT = "key of the pseudonyms"
"""What a run calls the key's fingerprint among its inputs."""

_ID_DIGITS, _CHECK_DIGITS = 32, 8
_IS_PSEUDONYM = re.compile(PSEUDONYM_PATTERN)


@dataclass(frozen=True)
class Pseudonyms:
    """Hides ids under a key.

    Attributes:
        key: of the HMAC.
    """

    key: bytes = field(repr=False)

    def __reduce__(self) -> NoReturn:
        raise TypeError("the key of pseudonyms is not to be written")

    def _digest(self, text: str) -> str:
        return hmac.new(self.key, text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()

    @property
    def fingerprint(self) -> str:
        """What tells one key from another and nothing of either."""
        return self._digest("panvox: which key")[:16]

    def of(self, speaker_id: str) -> str:
        """The pseudonym of an id: `spk-`, 128 bits of the id's HMAC and 32 bits to know it by. One of this key stays as it is."""
        if self.made(speaker_id):
            return speaker_id
        hidden = self._digest(f"speaker: {composed(speaker_id)}")[:_ID_DIGITS]
        return f"spk-{hidden}{self._check(hidden)}"

    def made(self, text: str) -> bool:
        """Whether a text is a pseudonym under this key."""
        if not _IS_PSEUDONYM.fullmatch(text):
            return False
        hidden = text[4 : 4 + _ID_DIGITS]
        return hmac.compare_digest(self._check(hidden), text[4 + _ID_DIGITS :])

    def _check(self, hidden: str) -> str:
        return self._digest(f"pseudonym: {hidden}")[:_CHECK_DIGITS]


def read_key(key_env: str | None, key_file: str | None) -> Pseudonyms:
    """The key from an environment variable or a file, white space around it aside.

    Raises:
        ConfigError: it is not there, or too short to be kept from being guessed.
    """
    if key_env is not None:
        place, key = f"the environment variable {key_env}", os.environ.get(key_env, "").encode(errors="surrogateescape").strip()
        if not key:
            raise ConfigError(f"{place} is not set, and speakers' ids are hidden by the key in it")
    else:
        place = f"the file {key_file}"
        try:
            key = storage.read_bytes(str(key_file)).strip()
        except OSError as error:
            raise ConfigError(f"{place} cannot be read, and speakers' ids are hidden by the key in it") from error
    if len(key) < LEAST_KEY_BYTES:
        told = f"{place} holds a key of {len(key)} bytes, expected {LEAST_KEY_BYTES} or more; 'openssl rand -hex 32' makes one"
        raise ConfigError(told)
    return Pseudonyms(key)


def open_pseudonyms(config: PseudonymsConfig, base: str, fingerprint: str | None = None) -> Pseudonyms:
    """The key that a configuration names.

    Args:
        config: where it is.
        base: what a relative path starts from.
        fingerprint: of the key that it has to be; None for any.

    Raises:
        ConfigError: it is not there, is too short, or is another one.
    """
    file = None if config.key_file is None else storage.join(base, config.key_file)
    found = read_key(config.key_env, file)
    if fingerprint is not None and found.fingerprint != fingerprint:
        place = f"the environment variable {config.key_env}" if file is None else f"the file {file}"
        raise ConfigError(f"{place} holds another key here than where the run was started")
    return found
