"""What the responsible-AI vocabulary of Croissant asks, answered as far as the run knows the answers.

What it asks besides (when it was collected, on which platform it was annotated and by whom) the run cannot know: it is left out
here and asked in the data card.
"""

from __future__ import annotations

from pipelines.report.pages.facts import Facts, caveats, plural
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.provenance import PROVENANCE_COLUMNS, SELF_REPORTED

ASK = "What only its makers can say of it is asked at the end of card.md."
_MEASURING = ("panvox", "numpy", "scipy", "soundfile", "av", "soxr")
_PEOPLE = {
    "gender": "gender",
    "age_band": "age band",
    "first_language": "first language",
    "speaker_type": "speaker type",
}


def responsible(facts: Facts, *, counted: bool = True) -> dict[str, str | list[str]]:
    """Answers by property of the vocabulary (without its prefix); a property that would have none is left out.

    Args:
        facts: what the run left behind.
        counted: whether rows, records and people may be counted. Where not, no answer holds a number of any of them.
    """
    answers: dict[str, str | list[str]] = {
        "dataCollection": _collection(facts, counted),
        "dataCollectionType": _collection_types(facts),
        "dataCollectionRawData": _raw(facts),
        "dataCollectionMissingData": _missing(facts, counted),
        "dataImputationProtocol": _imputation(facts, counted),
        "dataManipulationProtocol": _manipulation(facts, counted),
        "dataPreprocessingProtocol": _preprocessing(facts, counted),
        "dataAnnotationProtocol": (
            "Transcripts, speakers and declared accents are those of the sources, unchanged; the speaker's own words for their "
            f"accent stand in 'accent_raw'. Levels and signal-to-noise ratios are measured by panvox. {ASK}"
        ),
        "dataAnnotationAnalysis": _analysis(facts, counted),
        "annotationsPerItem": (
            "One transcript and one declaration of an accent a row, where the source gives them. How many people stand behind "
            f"each the run does not know. {ASK}"
        ),
        "machineAnnotationTools": _tools(facts),
        "dataBiases": _biases(facts, counted),
        "dataLimitations": [*caveats(facts), *_gaps(facts)] if counted else [],
        "dataSocialImpact": (
            "How many people stand behind a group is told in card.md, so that what is measured on the group can be read with it. "
            f"Whom the corpus may help or harm the run does not know. {ASK}"
        ),
        "personalSensitiveInformation": _personal(facts, counted),
        "dataUseCases": _uses(facts, counted),
        "dataReleaseMaintenancePlan": (
            f"Version {facts.version}. A later version keeps all earlier shards byte for byte and adds its own; only the shards "
            "of a speaker who was forgotten are written again, without them. corpus.json says what it grew from and holds the "
            f"SHA-256 of every file. Who maintains it, and whom a speaker asks to be taken out, the run does not know. {ASK}"
        ),
    }
    return {name: answer for name, answer in answers.items() if answer}


def _collection(facts: Facts, counted: bool) -> str:
    ledger = facts.ledger
    told = "Recordings and their metadata, as their sources hold them."
    if counted and ledger.read is not None and ledger.accepted is not None:
        told += (
            f" {plural(ledger.read, 'record')} handed in: {ledger.accepted:,} accepted and {ledger.quarantined:,} put in "
            "quarantine, each with the rule it broke."
        )
    return f"{told} How they were made the run does not know. {ASK}"


def _collection_types(facts: Facts) -> list[str]:
    """Of the vocabulary's own words for how data are collected, those that the sources' provenance bears out."""
    said = any(row.value == SELF_REPORTED for column in PROVENANCE_COLUMNS for row in facts.facets.get(column, ()))
    return ["Self-reporting"] if said else []


def _raw(facts: Facts) -> str:
    told = []
    for source in facts.config.get("sources") or ():
        named = source.get("name") or ", ".join(source.get("metadata") or ())
        told.append(f"{named} (layout '{source.get('layout')}')" if named else f"layout '{source.get('layout')}'")
    return f"{plural(len(told), 'source')}: {'; '.join(told)}." if told else ""


def _missing(facts: Facts, counted: bool) -> str:
    """Of which fields how many recorded rows say nothing."""
    recorded = facts.ledger.recorded
    lacking = {
        facet.replace("_", " "): (count, sum(row.recorded for row in rows))
        for facet, rows in facts.facets.items()
        if facet not in PROVENANCE_COLUMNS and (count := sum(row.recorded for row in rows if row.value is None))
    }
    undeclared = int(facts.coverage.value("utterances", accent=UNDECLARED, origin="recorded"))
    lacking |= {"accent": (undeclared, recorded)} if undeclared else {}
    if not lacking:
        return "No recorded row lacks a field that is counted."
    told = [f"{field}: {count:,} of {total:,}" if counted else field for field, (count, total) in lacking.items()]
    return (
        f"Recorded rows that say nothing of: {'; '.join(told)}." if counted else f"Some rows say nothing of: {'; '.join(told)}."
    )


def _imputation(facts: Facts, counted: bool) -> str:
    told = [
        f"{field.replace('_', ' ')} in {plural(rows, 'row')} of {plural(people, 'speaker')}"
        if counted
        else field.replace("_", " ")
        for field, rows, people in facts.imputed
    ]
    is_counted = (facts.config.get("policy") or {}).get("imputed") == "mark"
    treated = "counted, and marked in the report" if is_counted else "counted as not given"
    beforehand = f"The sources impute {'; '.join(told)}: {treated}." if told else "Nothing is imputed, as far as the sources say."
    accent = (
        "an accent is the code that a table of declared words gives, 'undeclared' where none was declared and 'unmapped' where "
        "the words are not in the table"
        if facts.config.get("accents")
        else "an accent is the words that were declared, 'undeclared' where there were none"
    )
    return (
        f"{beforehand} panvox imputes nothing. What was not given is null; {accent}. No accent and no demographic field is "
        "inferred from audio. The columns '<field>_provenance' say where each value comes from."
    )


def _manipulation(facts: Facts, counted: bool) -> str:
    if not facts.ledger.simulated:
        return "None: all rows are recordings."
    simulated = [
        f"'{condition}'"
        for condition in facts.coverage.conditions
        if facts.coverage.value("utterances", condition=condition, origin="simulated")
    ]
    told = (
        f"{plural(facts.ledger.simulated, 'row')} simulated from recordings of the same split, in these conditions: "
        f"{', '.join(simulated)}."
        if counted
        else "Rows are simulated from recordings of the same split."
    )
    return (
        f"{told} Room, noise, handset and codec are put on in this order. The column 'origin' tells them apart; 'recipe' holds "
        "what was asked for and what was measured, and makes the same samples again."
    )


def _preprocessing(facts: Facts, counted: bool) -> list[str]:
    rate = (facts.config.get("audio") or {}).get("sample_rate")
    steps = [
        f"Recorded rows are mixed down to one channel, resampled to {rate} Hz and written as FLAC of 16 bits, without any gain."
    ]
    if not counted:
        return [*steps, "Records that break a rule are refused."]
    steps += [f"{plural(rule.count, 'record')} refused ({rule.name}): {rule.doc}." for rule in facts.quarantine]
    steps += [
        f"Expectations '{suite.suite}': {suite.evaluated:,} checked, {len(suite.failed):,} not met." for suite in facts.validation
    ]
    return steps


def _analysis(facts: Facts, counted: bool) -> list[str]:
    if not facts.config.get("accents"):
        return ["The words declared for an accent are its code as they stand: the configuration names no table of them."]
    told = [
        (
            "The words for an accent become its code by a table of words alone; 'accent_rule' holds the table's version and the "
            "word of it that fitted. Words that the table does not know give 'unmapped', and are never guessed."
        )
    ]
    undeclared, unmapped = (
        int(facts.coverage.value("utterances", accent=accent, origin="recorded")) for accent in (UNDECLARED, UNMAPPED)
    )
    if counted:
        told.append(f"Recorded rows whose words are not in the table: {unmapped:,} of {facts.ledger.recorded - undeclared:,}.")
    return told


def _tools(facts: Facts) -> list[str]:
    """What measured levels, SNRs and bandwidths, with its version."""
    return [f"{name} {facts.versions[name]}" for name in _MEASURING if name in facts.versions]


def _biases(facts: Facts, counted: bool) -> list[str]:
    if not counted:
        return ["How far each group stands in the corpus is told in card.md, where its number may be shown."]
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


def _uses(facts: Facts, counted: bool) -> list[str]:
    told = [
        f"{split}: {plural(int(facts.coverage.value('utterances', split)), 'utterance')} of "
        f"{plural(int(facts.coverage.value('speakers', split)), 'speaker')}, none of whom is in another split."
        if counted
        else f"{split}: none of its speakers is in another split."
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


def _personal(facts: Facts, counted: bool) -> list[str]:
    speakers = plural(int(facts.coverage.value("speakers")), "speaker") if counted else "the speakers"
    told = [f"Voices and transcripts of {speakers}, each under an id ('speaker_id'). A voice can identify its speaker."]
    told.append("Declared accents, in words and as codes.")
    for name, words in _PEOPLE.items():
        if given := _given(facts, name):
            told.append(
                f"{words.capitalize()}, as given, in {plural(given, 'recorded row')}."
                if counted
                else f"{words.capitalize()}, as given."
            )
    consented = _given(facts, "consent")
    if counted:
        told.append(
            f"Consent: {consented:,} of {facts.ledger.recorded:,} recorded rows say what the speaker agreed to ('consent')."
        )
    elif consented:
        told.append("Consent: rows say what the speaker agreed to ('consent'), where the source does.")
    return told


def _given(facts: Facts, facet: str) -> int:
    return sum(row.recorded for row in facts.facets.get(facet, ()) if row.value is not None)
