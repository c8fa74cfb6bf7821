"""The configuration that ``panvox init`` writes, as text."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines import storage
from pipelines.ingest.layouts import Layout
from pipelines.ingest.survey import FIELDS, Survey

SHOWN = 8
"""Of names and words so many are shown, the commonest first."""

_PROVENANCE = "# where what is known of speakers comes from; yours comes before the layout's"

_TAIL = """
# --- What is accepted: recordings of other lengths, or without a transcript, go to quarantine -------------------------------

accept: {duration_s: [0.1, 60], require_text: true}

# --- What recordings can be put through, to fill cells that hold too few ----------------------------------------------------
# Recordings of noise and measured rooms are better than what can be made here: docs/simulation.md

noises:
  hiss: {colour: pink}
  # street: {files: "noise/street/*"}     # your recordings of noise

handsets:
  mobile: {preset: mobile_2g}             # more of them: docs/reference.md, "Handset presets"

rooms:
  office: {t60_s: [0.3, 0.6], distance_m: [0.5, 2.0], dimensions_m: [[4, 6], [3, 5], 2.7]}

# --- The columns of the coverage matrix -------------------------------------------------------------------------------------
# A recording belongs to the condition it declares, else to the first one whose `match` holds. The first condition's
# recordings are those that may be simulated from.

conditions:
  - {name: clean, match: {snr_db: {min: 20}}}
  - {name: noisy, match: {snr_db: {max: 20}}}
  - {name: mobile_call, handset: mobile}
  - {name: office, room: office, noise: hiss, snr_db: [15, 25]}

# --- How much of each: an accent in a condition, over all splits ------------------------------------------------------------

targets:
  per_cell: {utterances: 50, speakers: 5}
  max_share_per_speaker: 0.25
  max_uses_per_recording: 6

splits: {train: 0.8, dev: 0.1, test: 0.1}   # shares of speakers; nobody stands in two of them
"""


class Source(NamedTuple):
    """An entry to be written: the corpus's directory, its layout, and the entry's settings as YAML, one a key."""

    root: str
    layout: Layout
    settings: dict[str, str]


def config_text(sources: Sequence[Source], found: Sequence[Survey] | None) -> str:
    """The configuration; before anything is known of the sources, as far as it is needed to look them over."""
    if found is None:
        return _head(sources) + "".join(_entry(source, None) for source in sources) + _TAIL
    entries = (_entry(source, surveyed) for source, surveyed in zip(sources, found, strict=True))
    return _head(sources) + "\n".join(entries) + _accents(found) + _TAIL


def _head(sources: Sequence[Source]) -> str:
    directories = ", ".join(storage.name(source.root) for source in sources)
    pages = ", ".join(dict.fromkeys(f"docs/layouts/{source.layout.name}.md" for source in sources))
    layouts = f"this layout in {pages}" if len(sources) == 1 else f"layouts in {pages}"
    return (
        f"# Written by `panvox init` for {directories}.\n#\n#     panvox run corpus.yaml --output out\n#\n"
        f"# Settings are explained in docs/configuration.md, {layouts}. Paths are relative\n"
        f"# to this file. Further corpora are further entries under `sources`, each with its own defaults.\n\n"
        f"name: {quoted(name_of(sources[0].root) if len(sources) == 1 else 'corpus')}\n"
        f"seed: 7    # the same seed and the same files give the same corpus\n\n# --- What there is {'-' * 107}\n\nsources:\n"
    )


def _entry(source: Source, found: Survey | None) -> str:
    layout = source.layout
    lines = [] if found is None else [f"  # {line}" for line in facts(found)]
    lines += [f"  {'-' if key == 'layout' else ' '} {key}: {value}" for key, value in source.settings.items()]
    if layout.fields and found is not None:
        lines.append("    # columns:                             # yours come before the layout's, which are:")
        lines += [f"    #   {field}: {quoted(column)}" for field, column in found.columns.items()]
    lines.append("    # defaults:                            # for every row that gives none; yours come before the layout's")
    lines += [f"    #   {field}: {quoted(value)}" for field, value in layout.defaults.items()]
    wanted = [] if found is None else [field for field in not_given(found) if field != "text"]
    lines += [f"    #   {field}: {'…':<{34 - len(field)}} # nothing gives it" for field in wanted if field not in layout.defaults]
    lines += [f"    # provenance:                          {_PROVENANCE}"] if layout.provenance else []
    lines += [f"    #   {field}: {known}" for field, known in layout.provenance.items()]
    return "\n".join(lines) + "\n"


_ENGLISH = re.compile(r"en(?![a-z])|english", re.IGNORECASE)


def _accents(found: Sequence[Survey]) -> str:
    accents = sum((each.accents for each in found), Counter[str]())
    languages = sum((each.languages for each in found), Counter[str]())
    declared = sum(count for words, count in accents.items() if words)
    others = [language for language in languages if language and not _ENGLISH.match(language)]
    english = sum(count for language, count in languages.items() if language and language not in others)
    about = (
        "\n# Declared words to codes. `panvox accents corpus.yaml` lists the words that no rule knows: docs/configuration.md\n"
    )
    if declared and 2 * english > sum(count for language, count in languages.items() if language):
        more = f"words declared with other languages ({some(sorted(others))}) are looked up in it too"
        return about + (f"# The taxonomy is of English; {more}.\n" if others else "") + "accents: english\n"
    return f"{about}# accents: accents.yaml                   # without it, the declared words are their own codes\n"


def facts(found: Survey) -> Iterator[str]:
    """How much there is, and what of it cannot be accepted."""
    more = "" if found.is_whole else "more than "
    yield f"{found.units:,} metadata files or directories, {more}{found.records:,} records, {len(found.speakers):,} speakers"
    if found.broken:
        yield "not accepted: " + ", ".join(f"{count:,} {rule}" for rule, count in sorted(found.broken.items()))


def not_given(found: Survey) -> list[str]:
    """The fields that nothing gives; where no record can be accepted, those that nothing is mapped to."""
    accepted = found.records > sum(found.broken.values())
    return [field for field in FIELDS if not (found.given[field] if accepted else field in found.columns)]


def name_of(root: str) -> str:
    """A directory's name with what is no letter, number, dot, dash or underscore as a dash."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", storage.name(root)).strip("-.")[:64] or "corpus"


def listed(texts: list[str]) -> str:
    """A text, or a list of several, as YAML."""
    return quoted(texts[0]) if len(texts) == 1 else f"[{', '.join(map(quoted, texts))}]"


def quoted(text: str) -> str:
    """A text as YAML."""
    return json.dumps(text, ensure_ascii=False)


def some(words: list[str]) -> str:
    """The first few of some words, and how many there are besides."""
    rest = len(words) - SHOWN
    return ", ".join(words[:SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")
