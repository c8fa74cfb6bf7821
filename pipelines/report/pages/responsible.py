"""What the responsible-AI vocabulary of Croissant asks, answered as far as the run knows the answers.

What it asks besides (who collected the data and when, who annotated it, its social impact) the run cannot know: it is left out
here and asked in the data card.
"""

from __future__ import annotations

from typing import Any

from pipelines.report.pages.facts import Facts, caveats
from schemas.provenance import PROVENANCE_COLUMNS

ASK = "What only its makers can say of it is asked at the end of card.md."
_PEOPLE = {
    "gender": "gender",
    "age_band": "age band",
    "first_language": "first language",
    "speaker_type": "speaker type",
}


def responsible(facts: Facts) -> dict[str, str | list[str]]:
    """Answers by property of the vocabulary (without its prefix); a property that would have none is left out."""
    answers: dict[str, str | list[str]] = {
        "dataCollection": _collection(facts),
        "dataCollectionRawData": _raw(facts),
        "dataCollectionMissingData": _missing(facts),
        "dataImputationProtocol": _imputation(facts),
        "dataManipulationProtocol": _manipulation(facts),
        "dataPreprocessingProtocol": _preprocessing(facts),
        "dataAnnotationProtocol": (
            "Transcripts, speakers and declared accents are those of the sources, unchanged; the speaker's own words for their "
            f"accent stand in 'accent_raw'. Levels and signal-to-noise ratios are measured by panvox. {ASK}"
        ),
        "dataBiases": _biases(facts),
        "dataLimitations": [*caveats(facts), *_gaps(facts)],
        "personalSensitiveInformation": _personal(facts),
        "dataUseCases": _uses(facts),
        "dataReleaseMaintenancePlan": (
            f"Version {facts.version}. A later version keeps all earlier shards byte for byte and adds its own; only the shards "
            "of a speaker who was forgotten are written again, without them. corpus.json says what it grew from and holds the "
            f"SHA-256 of every file. Who maintains it, and whom a speaker asks to be taken out, the run does not know. {ASK}"
        ),
    }
    return {name: answer for name, answer in answers.items() if answer}


def _collection(facts: Facts) -> str:
    ledger = facts.ledger
    told = "Recordings and their metadata, as their sources hold them."
    if ledger.read is not None and ledger.accepted is not None:
        told += (
            f" {ledger.read:,} records were handed in: {ledger.accepted:,} were accepted and {ledger.quarantined:,} put in "
            "quarantine, each with the rule it broke."
        )
    return f"{told} How they were made the run does not know. {ASK}"


def _raw(facts: Facts) -> str:
    told = []
    for source in facts.config.get("sources") or ():
        named = source.get("name") or ", ".join(source.get("metadata") or ())
        told.append(f"{named} (layout '{source.get('layout')}')" if named else f"layout '{source.get('layout')}'")
    return f"{len(told):,} sources: {'; '.join(told)}." if told else ""


def _missing(facts: Facts) -> str:
    """Of which fields how many recorded rows say nothing."""
    told = [
        f"{facet.replace('_', ' ')}: {count:,} of {sum(row.recorded for row in rows):,}"
        for facet, rows in facts.facets.items()
        if facet not in PROVENANCE_COLUMNS and (count := sum(row.recorded for row in rows if row.value is None))
    ]
    undeclared = int(facts.coverage.value("utterances", accent="undeclared", origin="recorded"))
    told += [f"accent: {undeclared:,} of {facts.ledger.recorded:,}"] if undeclared else []
    return f"Recorded rows that say nothing of: {'; '.join(told)}." if told else "No recorded row lacks a field that is counted."


def _imputation(facts: Facts) -> str:
    told = [f"{field.replace('_', ' ')} in {rows:,} rows of {people:,} speakers" for field, rows, people in facts.imputed]
    counted = (facts.config.get("policy") or {}).get("imputed") == "mark"
    treated = "counted, and marked in the report" if counted else "counted as not given"
    beforehand = f"The sources impute {'; '.join(told)}: {treated}." if told else "Nothing is imputed, as far as the sources say."
    return (
        f"{beforehand} panvox imputes nothing. What was not given is null; an accent is the code that a table of declared words "
        "gives, 'undeclared' where none was declared and 'unmapped' where the words are not in the table. No accent and no "
        "demographic field is inferred from audio. The columns '<field>_provenance' say where each value comes from."
    )


def _manipulation(facts: Facts) -> str:
    conditions = [condition for condition in facts.config.get("conditions") or () if _is_simulated(condition)]
    if not facts.ledger.simulated:
        return "None: all rows are recordings."
    named = ", ".join(f"'{condition['name']}'" for condition in conditions)
    return (
        f"{facts.ledger.simulated:,} rows are simulated from recordings of the same split, in these conditions: {named}. Room, "
        "noise, handset and codec are put on in this order. The column 'origin' tells them apart; 'recipe' holds what was asked "
        "for and what was measured, and makes the same samples again."
    )


def _is_simulated(condition: dict[str, Any]) -> bool:
    return any(condition.get(part) for part in ("room", "noise", "handset", "transforms"))


def _preprocessing(facts: Facts) -> list[str]:
    rate = (facts.config.get("audio") or {}).get("sample_rate")
    steps = [
        f"Recorded rows are mixed down to one channel, resampled to {rate} Hz and written as FLAC of 16 bits, without any gain."
    ]
    steps += [f"{rule.count:,} records refused ({rule.name}): {rule.doc}." for rule in facts.quarantine]
    steps += [
        f"Expectations '{suite.suite}': {suite.evaluated:,} checked, {len(suite.failed):,} not met." for suite in facts.validation
    ]
    return steps


def _biases(facts: Facts) -> list[str]:
    told = [_most(facts, name, words) for name, words in _PEOPLE.items()]
    if facts.empty_accents:
        told.append(f"Accents of the taxonomy without a row: {', '.join(facts.empty_accents)}.")
    if facts.one_speaker_accents:
        told.append(f"Accents of one speaker: {', '.join(facts.one_speaker_accents)}.")
    told += [f"Accents absent from {split}: {', '.join(absent)}." for split, absent in facts.absent_accents.items()]
    return [each for each in told if each]


def _most(facts: Facts, facet: str, words: str) -> str:
    """Which value most speakers have; nothing where none is given."""
    given = [row for row in facts.facets.get(facet, ()) if row.value is not None]
    if not given:
        return ""
    most = max(given, key=lambda row: (row.speakers, row.value or ""))
    speakers = int(facts.coverage.value("speakers"))
    return f"{words.capitalize()}: most often '{most.value}', {most.speakers:,} of {speakers:,} speakers."


def _uses(facts: Facts) -> list[str]:
    told = [
        f"{split}: {int(facts.coverage.value('utterances', split)):,} utterances of "
        f"{int(facts.coverage.value('speakers', split)):,} speakers who are in no other split."
        for split in facts.coverage.splits
    ]
    return [*told, f"Which uses are intended, and which must not be made of it, the run does not know. {ASK}"]


def _gaps(facts: Facts) -> list[str]:
    if not facts.gaps.total:
        return []
    remedies = ", ".join(f"{number:,} to {remedy}" for remedy, number in facts.gaps.remedies.items())
    return [
        f"{facts.gaps.total:,} cells of accent and condition miss their target ({remedies}); plan/gaps.csv says which and why."
    ]


def _personal(facts: Facts) -> list[str]:
    speakers = f"{int(facts.coverage.value('speakers')):,} speakers"
    told = [f"Voices and transcripts of {speakers}, each under an id ('speaker_id'). A voice can identify its speaker."]
    told.append("Declared accents, in words and as codes.")
    for name, words in _PEOPLE.items():
        if given := _given(facts, name):
            told.append(f"{words.capitalize()}, as given, in {given:,} recorded rows.")
    consented = f"{_given(facts, 'consent'):,} of {facts.ledger.recorded:,}"
    return [*told, f"Consent: {consented} recorded rows say what the speaker agreed to ('consent')."]


def _given(facts: Facts, facet: str) -> int:
    return sum(row.recorded for row in facts.facets.get(facet, ()) if row.value is not None)
