"""``panvox init``: look at a directory, write a configuration that runs, and say what was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pipelines import storage
from pipelines.commands.init_text import Source, config_text, facts, listed, name_of, not_given, quoted, some
from pipelines.ingest.audio_place import Place, place_audio
from pipelines.ingest.layouts import Layout, find_layout
from pipelines.ingest.microphones import one_microphone, second_microphone_only
from pipelines.ingest.recognise import TABLE, Guess, archives_in, guess_layout, recognise
from pipelines.ingest.spellings import rivals_of, times_among
from pipelines.ingest.survey import FIELDS, Survey, survey
from pipelines.settings import check_names, load_settings
from schemas.errors import ConfigError

_SHOWN_CHARACTERS = 30
_SAME_IDS = "`columns: {recording_id: …}` names another column; where splits count anew, make each a source with an `id_prefix`"
_NO_TEXTS = "`columns: {text: …}` names a column of transcripts, `accept: {require_text: false}` takes recordings without"
_NO_SPEAKERS = "`columns: {speaker_id: …}` names a column of speakers, `defaults: {speaker_id: …}` makes all of them one speaker"


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
        guess = _recognised(root, layout)
        known = find_layout(guess.layout)
        where = f" in {root}" if len(roots) > 1 else ""
        yield f"layout     {guess.layout}{where}: {known.doc}" + (f" ({guess.about})" if guess.about else "")
        places = place_audio(root, guess)
        if guess.layout == "vctk" and one_microphone(root) and (second := second_microphone_only(root)):
            yield f"warning    'files' leaves out what only the second microphone has: {some(second)}; name these there, too"
        for place in places:
            check_names([place.audio_root, *place.metadata])
            its_prefix = prefix if len(places) == 1 else f"{prefix}{name_of(place.audio_root)}-"
            settings = _settings(root, guess, place, storage.parent(output))
            sources.append(Source(root, known, settings | _prefix_settings(its_prefix, prefix)))
            if place.rivals:
                rivals = some([storage.relative(rival, root) for rival in place.rivals])
                yield f"warning    files of the names in {some(place.metadata)} stand in several directories: {rivals}"
                yield "           (which are meant cannot be told: 'audio_root' may name one, or the paths may)"
            if not (place.audio_root + "/").startswith(root.rstrip("/") + "/"):
                yield f"audio      lies under {place.audio_root}, outside {root}: 'audio_root' names it"
    found = _surveyed(sources, output)
    storage.write_text(output, config_text(sources, found))
    load_settings(output)
    for source, surveyed in zip(sources, found, strict=True):
        if len(sources) > 1:
            yield f"source     {source.layout.name} in {json.loads(source.settings['audio_root'])}"
        yield from _told(surveyed, source.layout)
    packed = [location for root in roots for location in archives_in(root)]
    if packed:
        yield f"warning    archives are not read: {some(packed)}; unpack what is packed still"
    yield f"written    {output}"
    yield f"next       panvox accents {output}; panvox run {output} --output out"


def _surveyed(sources: Sequence[Source], output: str) -> list[Survey]:
    """What the sources hold. Their configuration is written for it; a file that it replaced comes back where it does not load."""
    before = storage.read_bytes(output) if storage.exists(output) else None
    try:
        storage.write_text(output, config_text(sources, None))
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror or error}; --output names another place") from error
    try:
        loaded = load_settings(output)
        return [survey(loaded, number) for number in range(len(sources))]
    except ConfigError:
        storage.remove(output)
        if before is not None:
            storage.write_bytes(output, before)
        raise


def _recognised(root: str, layout: str | None) -> Guess:
    try:
        return recognise(root) if layout is None else guess_layout(root, layout)
    except ConfigError as error:
        packed = archives_in(root)
        raise ConfigError(f"{error}. Archives are not read: {some(packed)}; unpack them") if packed else error from error


def _prefixes(roots: Sequence[str]) -> Iterator[str]:
    """What tells a source's ids from those of others; nothing where there is one source."""
    names = [name_of(root)[:40] for root in roots]
    for number, name in enumerate(names):
        again = names[:number].count(name)
        yield "" if len(roots) == 1 else f"{name}-{again + 1}-" if again else f"{name}-"


def _settings(root: str, guess: Guess, place: Place, base: str) -> dict[str, str]:
    entry = {"layout": guess.layout}
    if place.metadata:
        entry["metadata"] = listed([storage.relative(storage.join(root, file), base) for file in place.metadata])
    entry["audio_root"] = quoted(storage.relative(place.audio_root, base))
    if guess.layout == "vctk" and (files := one_microphone(root)):
        entry["files"] = f"{listed(files)}    # one of the two microphones; without this line, both"
    if guess.columns:
        entry["columns"] = json.dumps(guess.columns, ensure_ascii=False)
    return entry


def _prefix_settings(of_ids: str, of_speakers: str) -> dict[str, str]:
    entry = {"id_prefix": quoted(of_ids)} if of_ids else {}
    if of_speakers:
        entry["speaker_prefix"] = (
            f"{quoted(of_speakers)}    # leave it out where its speakers' ids mean the same people elsewhere"
        )
    return entry


def _told(found: Survey, layout: Layout) -> Iterator[str]:
    for line in facts(found):
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
        yield f"not mapped {some(list(found.kept))} (kept in `extra`)"
    if layout.defaults:
        filled_in = ", ".join(f"{field} {_shown(value)}" for field, value in layout.defaults.items())
        yield f"filled in  {filled_in}: as the layout has them; `defaults` of your own come first"
    missing = not_given(found) if accepted else []
    if missing:
        yield f"missing    {', '.join(missing)}: nothing gives them; `defaults` can, where one value holds for all"
    accents = [f"{' '.join(words.split())} {count:,}" for words, count in found.accents.most_common() if words]
    undeclared = found.accents[""]
    yield f"accents    {some(accents) or 'none declared'}" + (f"; not declared {undeclared:,}" if accents and undeclared else "")
    looked_for, missing_audio = found.audio_looked_for, found.audio_missing
    if missing_audio:
        yield f"audio      of {looked_for:,} files looked for {missing_audio:,} are not there, as {found.first_missing}"
    elif looked_for:
        yield f"audio      all of {looked_for:,} files looked for are there"
    yield from _warnings(found, accepted, layout)
    for caveat in layout.caveats:
        yield f"know       {caveat}"


def _warnings(found: Survey, accepted: int, layout: Layout) -> Iterator[str]:
    for field in ("speaker_id", "text") if layout.name == TABLE else ():
        if field in found.columns and (rivals := rivals_of(field, found.kept)):
            yield f"warning    {field} is taken from {found.columns[field]}, and may be in {some(rivals)}: `columns` chooses"
    if "offset" not in found.columns and (times := times_among(found.kept)):
        told = f"{some(times)} may say which part of a file a record is; as it stands each is the whole file"
        yield f"warning    {told}: map `offset` and `end` or `duration`, in seconds"
    if found.repeated:
        told = f"{found.repeated:,}, the first {found.first_repeated!r}"
        yield f"warning    records with an earlier one's id, to be duplicate_id: {told}"
        yield f"           ({_SAME_IDS})"
    if not found.records:
        yield "warning    the metadata hold no record: are they a header only, or cut short?"
    elif not accepted:
        yield "warning    no record can be accepted as it is; see 'not accepted' above"
        if found.broken["missing_speaker"] and "speaker_id" not in found.columns:
            yield f"           ({_NO_SPEAKERS})"
        if found.broken["missing_text"] and "text" not in found.columns:
            yield f"           ({_NO_TEXTS})"


def _shown(value: str) -> str:
    return value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}…"


def _share(found: Survey, field: str, accepted: int) -> str:
    if field not in FIELDS or not accepted or found.given[field] == accepted:
        return ""
    return f" ({100 * found.given[field] / accepted:.0f} %)"
