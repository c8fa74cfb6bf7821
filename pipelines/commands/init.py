"""``panvox init``: look at a directory, write a configuration that runs, and say what was found."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines import storage
from pipelines.ingest.audio_place import Place, place_audio
from pipelines.ingest.layouts import Layout, find_layout
from pipelines.ingest.recognise import Guess, guess_layout, has_two_microphones, recognise
from pipelines.ingest.survey import FIELDS, Survey, survey
from pipelines.settings import load_settings
from schemas.errors import ConfigError

SHOWN = 8
"""Of names and words so many are shown, the commonest first."""

ONE_MICROPHONE = "*_mic1.*"

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


class _Source(NamedTuple):
    """An entry to be written: the corpus's directory, its layout, and the entry's settings as YAML, one a key."""

    root: str
    layout: Layout
    settings: dict[str, str]


def init(roots: Sequence[str], layout: str | None, output: str, *, replace: bool = False) -> Iterator[str]:
    """Write a configuration for the corpora in some directories, each a source.

    Args:
        roots: the directories, local or remote.
        layout: of each of them; None to recognise it.
        output: where the configuration goes.
        replace: whether a file that is there may be replaced.

    Returns:
        Lines that say what was found, as it is found.

    Raises:
        ConfigError: a directory is not there, its layout does not fit, none or several do, the file exists or cannot be written.
    """
    for root in roots:
        if not storage.is_remote(root) and storage.kind(root) != "directory":
            raise ConfigError(f"{root}: there is no such directory")
    if storage.exists(output) and not replace:
        raise ConfigError(f"{output}: exists already; --force replaces it")
    roots, output = [storage.absolute(root) for root in roots], storage.absolute(output)
    sources = []
    for root, prefix in zip(roots, _prefixes(roots), strict=True):
        guess = recognise(root) if layout is None else guess_layout(root, layout)
        known = find_layout(guess.layout)
        yield f"layout     {guess.layout}: {known.doc}" + (f" ({guess.about})" if guess.about else "")
        places = place_audio(root, guess)
        for place in places:
            its_prefix = prefix if len(places) == 1 else f"{prefix}{_name(place.audio_root)}-"
            settings = _settings(root, guess, place, storage.parent(output))
            sources.append(_Source(root, known, settings | _prefix_settings(its_prefix, prefix)))
    before = storage.read_bytes(output) if storage.exists(output) else None
    try:
        storage.write_text(output, _text(sources, None))
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror or error}; --output names another place") from error
    try:
        loaded = load_settings(output)
        found = [survey(loaded, number) for number in range(len(sources))]
    except ConfigError:
        storage.remove(output)
        if before is not None:
            storage.write_bytes(output, before)
        raise
    storage.write_text(output, _text(sources, found))
    load_settings(output)
    for source, surveyed in zip(sources, found, strict=True):
        if len(sources) > 1:
            yield f"source     {source.layout.name} in {json.loads(source.settings['audio_root'])}"
        yield from _told(surveyed, source.layout)
    yield f"written    {output}"
    yield f"next       panvox accents {output}; panvox run {output} --output out"


def _name(root: str) -> str:
    """A directory's name with what is no letter, number, dot, dash or underscore as a dash."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", storage.name(root)).strip("-.")[:64] or "corpus"


def _prefixes(roots: Sequence[str]) -> Iterator[str]:
    """What tells a source's ids from those of others; nothing where there is one source."""
    names = [_name(root)[:24] for root in roots]
    for number, name in enumerate(names):
        again = names[:number].count(name)
        yield "" if len(roots) == 1 else f"{name}-{again + 1}-" if again else f"{name}-"


def _settings(root: str, guess: Guess, place: Place, base: str) -> dict[str, str]:
    entry = {"layout": guess.layout}
    if place.metadata:
        files = [_quoted(storage.relative(storage.join(root, file), base)) for file in place.metadata]
        entry["metadata"] = files[0] if len(files) == 1 else f"[{', '.join(files)}]"
    entry["audio_root"] = _quoted(storage.relative(place.audio_root, base))
    if guess.layout == "vctk" and has_two_microphones(root):
        entry["files"] = f"{_quoted(ONE_MICROPHONE)}    # one of the two microphones; without this line, both"
    if guess.columns:
        entry["columns"] = json.dumps(guess.columns, ensure_ascii=False)
    return entry


def _prefix_settings(of_ids: str, of_speakers: str) -> dict[str, str]:
    entry = {"id_prefix": _quoted(of_ids)} if of_ids else {}
    if of_speakers:
        entry["speaker_prefix"] = (
            f"{_quoted(of_speakers)}    # leave it out where its speakers' ids mean the same people elsewhere"
        )
    return entry


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _text(sources: Sequence[_Source], found: Sequence[Survey] | None) -> str:
    """The configuration; before anything is known of the sources, as far as it is needed to look them over."""
    if found is None:
        return _head(sources) + "".join(_entry(source, None) for source in sources) + _TAIL
    entries = (_entry(source, surveyed) for source, surveyed in zip(sources, found, strict=True))
    return _head(sources) + "\n".join(entries) + _accents(found) + _TAIL


def _head(sources: Sequence[_Source]) -> str:
    directories = ", ".join(storage.name(source.root) for source in sources)
    pages = ", ".join(dict.fromkeys(f"docs/layouts/{source.layout.name}.md" for source in sources))
    layouts = f"this layout in {pages}" if len(sources) == 1 else f"layouts in {pages}"
    return (
        f"# Written by `panvox init` for {directories}.\n#\n#     panvox run corpus.yaml --output out\n#\n"
        f"# Settings are explained in docs/configuration.md, {layouts}. Paths are relative\n"
        f"# to this file. Further corpora are further entries under `sources`, each with its own defaults.\n\n"
        f"name: {_quoted(_name(sources[0].root) if len(sources) == 1 else 'corpus')}\n"
        f"seed: 7    # the same seed and the same files give the same corpus\n\n# --- What there is {'-' * 107}\n\nsources:\n"
    )


def _entry(source: _Source, found: Survey | None) -> str:
    layout = source.layout
    lines = [] if found is None else [f"  # {line}" for line in _facts(found)]
    lines += [f"  {'-' if key == 'layout' else ' '} {key}: {value}" for key, value in source.settings.items()]
    if layout.fields and found is not None:
        lines.append("    # columns:                             # yours come before the layout's, which are:")
        lines += [f"    #   {field}: {_quoted(column)}" for field, column in found.columns.items()]
    lines.append("    # defaults:                            # for every row that gives none; yours come before the layout's")
    lines += [f"    #   {field}: {_quoted(value)}" for field, value in layout.defaults.items()]
    wanted = [] if found is None else [field for field in FIELDS if not found.given[field] and field != "text"]
    lines += [f"    #   {field}: {'…':<{34 - len(field)}} # nothing gives it" for field in wanted if field not in layout.defaults]
    lines += [f"    # provenance:                          {_PROVENANCE}"] if layout.provenance else []
    lines += [f"    #   {field}: {known}" for field, known in layout.provenance.items()]
    return "\n".join(lines) + "\n"


def _accents(found: Sequence[Survey]) -> str:
    accents = sum((each.accents for each in found), Counter[str]())
    languages = sum((each.languages for each in found), Counter[str]())
    declared = sum(count for words, count in accents.items() if words)
    english = sum(count for language, count in languages.items() if re.match(r"en(?![a-z])|english", language, re.IGNORECASE))
    about = (
        "\n# Declared words to codes. `panvox accents corpus.yaml` lists the words that no rule knows: docs/configuration.md\n"
    )
    if declared and 2 * english > sum(count for language, count in languages.items() if language):
        return f"{about}accents: english\n"
    return f"{about}# accents: accents.yaml                   # without it, the declared words are their own codes\n"


def _facts(found: Survey) -> Iterator[str]:
    more = "" if found.is_whole else "more than "
    yield f"{found.units:,} metadata files or directories, {more}{found.records:,} records, {len(found.speakers):,} speakers"
    if found.broken:
        yield "not accepted: " + ", ".join(f"{count:,} {rule}" for rule, count in sorted(found.broken.items()))


def _told(found: Survey, layout: Layout) -> Iterator[str]:
    for line in _facts(found):
        yield f"found      {line}"
    for rule, first in sorted(found.first_broken.items()):
        yield f"           {rule}: {first}"
    if not found.is_whole:
        yield f"           (the first {found.records:,} records stand for all of them)"
    accepted = found.records - sum(found.broken.values())
    is_given = found.given if accepted else dict.fromkeys(FIELDS, 1)  # where there is nothing to tell by, what is mapped is shown
    given = {field: column for field, column in found.columns.items() if field not in FIELDS or is_given[field]}
    shares = [f"{field} ← {column}{_share(found, field, accepted)}" for field, column in given.items()]
    yield "mapped     " + ", ".join(shares)
    if found.kept:
        yield f"not mapped {_some(list(found.kept))} (kept in `extra`)"
    missing = [field for field in FIELDS if accepted and not found.given[field]]
    if missing:
        yield f"missing    {', '.join(missing)}: nothing gives them; `defaults` can, where one value holds for all"
    accents = [f"{words} {count:,}" for words, count in found.accents.most_common() if words]
    undeclared = found.accents[""]
    yield f"accents    {_some(accents) or 'none declared'}" + (f"; not declared {undeclared:,}" if accents and undeclared else "")
    looked_for, missing_audio = found.audio_looked_for, found.audio_missing
    if missing_audio:
        yield f"audio      of {looked_for:,} files looked for {missing_audio:,} are not there, as {found.first_missing}"
    elif looked_for:
        yield f"audio      all of {looked_for:,} files looked for are there"
    if not found.records:
        yield "warning    the metadata hold no record: are they a header only, or cut short?"
    elif not accepted:
        yield "warning    no record can be accepted as it is; see 'not accepted' above"
    for caveat in layout.caveats:
        yield f"know       {caveat}"


def _share(found: Survey, field: str, accepted: int) -> str:
    if field not in FIELDS or not accepted or found.given[field] == accepted:
        return ""
    return f" ({100 * found.given[field] / accepted:.0f} %)"


def _some(words: list[str]) -> str:
    rest = len(words) - SHOWN
    return ", ".join(words[:SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")
