"""Where what is known of a speaker comes from."""

from __future__ import annotations

from typing import Literal, get_args

ProvenanceField = Literal["gender", "age_band", "first_language", "accent"]
PROVENANCE_FIELDS: tuple[ProvenanceField, ...] = get_args(ProvenanceField)
"""What is said of speakers, each with a column ``<field>_provenance`` beside it."""

Provenance = Literal["self_reported", "observed", "imputed", "unknown"]

PROVENANCES: dict[str, str] = {
    "self_reported": "the speaker said so",
    "observed": "somebody who met or heard the speaker said so: an interviewer, an annotator",
    "imputed": "a model or a rule guessed it; counts as not given unless `policy.imputed` is `mark`",
    "unknown": "the source does not say",
}
SELF_REPORTED, IMPUTED, UNKNOWN = "self_reported", "imputed", "unknown"

PROVENANCE_COLUMNS = tuple(f"{field}_provenance" for field in PROVENANCE_FIELDS)


def as_provenance(word: str) -> str | None:
    """The provenance that a cell names, whatever its case, hyphens and spaces; None where it names none."""
    known = "_".join(word.casefold().replace("-", " ").replace("_", " ").split())
    return known if known in PROVENANCES else None
