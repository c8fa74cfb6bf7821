"""A run: which stages are done, which inputs they saw, and the last file that says the corpus is whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from expectations.suite import Suite, load_suites
from pipelines import storage
from pipelines.commands.forget import with_listed
from pipelines.corpus import STAGES, Corpus, column_names, digest_of, file_sha256, read_json, write_json
from pipelines.growth import check_columns, check_growth
from pipelines.ingest.read import check_sources
from pipelines.inputs import describe_inputs
from pipelines.people.pseudonyms import INPUT as KEY_INPUT
from pipelines.people.withdrawn import INPUT, check_kept, read_withdrawn, write_withdrawn
from pipelines.plan.growth.strike import strike
from pipelines.settings import Settings, load_settings
from pipelines.step_back import keep, put_back
from pipelines.versions import library_versions
from pipelines.workers.progress import say
from schemas.errors import ConfigError


class Run:
    """A run of a configuration into an output directory.

    Making one reads the configuration, opens or continues the run, and refuses what cannot be continued; nothing is computed.

    Raises:
        ConfigError: the configuration is wrong, or the directory holds an unfinished run of other inputs.
    """

    def __init__(self, config: str, output: str, options: PipelineOptions, *, dry: bool = False) -> None:
        self.settings = _with_key(load_settings(config))
        self.suites: list[Suite] = load_suites(self.settings.config.expectations, self.settings.base)
        if self.settings.config.expectations:
            from expectations.batch import check_suites

            check_suites(self.suites)
        check_sources(self.settings)
        self.corpus = Corpus(storage.absolute(output))
        self._options = options
        self._withdrawn = with_listed(self.corpus, self.settings)
        self._inputs = describe_inputs(self.settings) | self._withdrawn.inputs()
        if self.settings.key_fingerprint is not None:
            self._inputs[KEY_INPUT] = self.settings.key_fingerprint
        self.is_whole = False
        self.version = self._open(dry)

    def _open(self, dry: bool) -> int:
        corpus = self.corpus
        if storage.exists(corpus.corpus_json):
            whole = corpus.read_corpus()
            self._check_files(whole.get("files") or ())
            check_kept(corpus, whole["inputs"], self._withdrawn)
            changed = _changes(whole["inputs"], self._inputs)
            if not changed:
                self.is_whole = True
                return int(whole["version"])
            self._check_growth([*self._earlier(int(whole["version"])), whole])
            if dry:
                raise ConfigError(
                    f"{corpus.root}: is whole, and its inputs changed ({', '.join(changed)}); a dry run would have to begin "
                    "its next version. Dry-run into another --output, which counts the whole corpus anew"
                )
            return self._grow(whole, changed)
        if not storage.exists(corpus.run_file):
            _check_free(corpus.root)
            self._start(1, None)
            return 1
        return self._continue(read_json(corpus.run_file))

    def _check_files(self, listed: Iterable[str]) -> None:
        """Raise ConfigError where a file that ``corpus.json`` answers for is gone: nothing may be built on what is left."""
        gone = sorted(set(listed) - {storage.relative(file, self.corpus.root) for file in corpus_files(self.corpus)})
        if gone:
            raise ConfigError(
                f"{self.corpus.root}: {len(gone):,} of its files are gone, the first {gone[0]}: restore them from a copy, or "
                "choose another --output; 'panvox verify' says what else is wrong"
            )

    def _continue(self, started: dict[str, Any]) -> int:
        """Go on with an unfinished run, or begin it anew where nothing is built on its inputs yet."""
        corpus, version, grew_from = self.corpus, int(started["version"]), started["grew_from"]
        check_kept(corpus, started["inputs"], self._withdrawn)
        changed = _changes(started["inputs"], self._inputs)
        lists = {self.settings.relative(file) for files in self.settings.pinned.values() for file in files}
        is_of_plan = set(changed) <= lists  # ingest does not read these
        # The manifest of a growing corpus may be made anew: the shards that are there do not depend on it.
        bound = STAGES if grew_from is None and not is_of_plan else STAGES[1:]
        if changed and any(corpus.is_done(stage) for stage in bound):
            raise ConfigError(
                f"{corpus.root}: holds an unfinished run that was started with other inputs; changed: {', '.join(changed)}. "
                "Finish it with the inputs it was started with, or choose another --output"
            )
        if changed:
            if not is_of_plan:
                storage.remove(corpus.stage_file(STAGES[0]))  # nothing else is built on the old inputs yet
            earlier = self._earlier(version)
            if earlier and not _changes(earlier[-1]["inputs"], self._inputs):
                version, grew_from = version - 1, earlier[-1]["grew_from"]
                say(f"{corpus.root}: the inputs are those of version {version} again; going back to it")
                put_back(corpus, version)
            else:
                self._check_growth(earlier)
            self._start(version, grew_from)
        storage.remove_unfinished(corpus.root)
        return version

    def _earlier(self, version: int) -> list[dict[str, Any]]:
        """``corpus.json`` of every version before one, as far as they are kept."""
        kept = (self.corpus.kept_corpus_json(each) for each in range(1, version))
        return [read_json(location) for location in kept if storage.exists(location)]

    def _check_growth(self, earlier: Iterable[dict[str, Any]]) -> None:
        """Hold the configuration against every earlier one: a condition that was removed may not come back as another."""
        for each in earlier:
            if each["inputs"].get(KEY_INPUT) != self._inputs.get(KEY_INPUT):
                raise ConfigError(
                    f"{self.corpus.root}: speakers' ids were hidden under another key, or not at all: nobody would be known; "
                    "use the key and the 'pseudonyms' of the earlier versions, or choose another --output"
                )
            check_growth(each["config"], self.settings.config.model_dump(mode="json"), self.corpus.root)

    def _start(self, version: int, grew_from: dict[str, Any] | None) -> None:
        if self._withdrawn != read_withdrawn(self.corpus):
            write_withdrawn(self.corpus, self._withdrawn)
        started = {"version": version, "inputs": self._inputs, "grew_from": grew_from}
        write_json(self.corpus.run_file, started | {"config": self.settings.config.model_dump(mode="json")})

    def _grow(self, whole: dict[str, Any], changed: list[str]) -> int:
        """Begin the next version on a whole corpus. What it held stays; until the next version is whole it is none."""
        version = int(whole["version"]) + 1
        for shard in self.corpus.shard_files()[:1]:
            check_columns(column_names(shard), self.corpus.root)
        say(f"{self.corpus.root}: inputs changed ({', '.join(changed)}); growing version {version}")
        digest = file_sha256(self.corpus.corpus_json)
        storage.write_bytes(self.corpus.kept_corpus_json(version - 1), storage.read_bytes(self.corpus.corpus_json))
        storage.write_bytes(self.corpus.kept_gaps_file(version - 1), storage.read_bytes(self.corpus.gaps_file))
        keep(self.corpus)
        self._start(version, {"version": version - 1, "corpus_json_sha256": digest})
        for stage in STAGES:
            storage.remove(self.corpus.stage_file(stage))
        storage.remove(self.corpus.corpus_json)
        return version

    def run_until(self, last: str) -> None:
        """Do every stage up to ``last`` that is not done yet.

        Raises:
            PanvoxError: a stage failed; what is done stays done.
        """
        if self.is_whole:
            say(f"{self.corpus.root}: whole and up to date")
            return
        if self._is_new_withdrawal():
            strike(self.corpus, self.version)
        for stage in STAGES[: STAGES.index(last) + 1]:
            if not self.corpus.is_done(stage):
                write_json(self.corpus.stage_file(stage), self._do(stage))
        if last == STAGES[-1]:
            self._complete()

    def _is_new_withdrawal(self) -> bool:
        """Whether people were forgotten of whom earlier shards may still hold something."""
        earlier = self._earlier(self.version)
        if not earlier:
            return False
        known = earlier[-1]["inputs"].get(INPUT)
        return self._inputs.get(INPUT) != known and not self.corpus.is_done("plan")

    def _do(self, stage: str) -> dict[str, Any]:
        """Do one stage, which is imported only now: rendering need not wait for the import of what draws the report."""
        if stage == "ingest":
            from pipelines.ingest.stage import run_ingest

            return run_ingest(self.settings, self.corpus, self.suites, self._options)
        if stage == "plan":
            from pipelines.plan.stage import run_plan

            return run_plan(self.settings, self.corpus, self.version, self._options)
        if stage == "render":
            from pipelines.render.stage import run_render

            return run_render(self.settings, self.corpus, self.version, self._options)
        from pipelines.report.stage import run_report

        return run_report(self.settings, self.corpus, self.version, self.suites, self._options)

    def dry_run(self) -> dict[str, Any]:
        """What planning would come to; recordings are ingested first, nothing is planned or rendered."""
        if not self.is_whole:
            self.run_until("ingest")
        from pipelines.plan.stage import dry_run

        return dry_run(self.settings, self.corpus, self.version, self._options)

    def _complete(self) -> None:
        """Write ``corpus.json``, which makes the corpus whole."""
        corpus = self.corpus
        ingest, plan, render = (corpus.read_stage(stage) for stage in ("ingest", "plan", "render"))
        started = read_json(corpus.run_file)
        files = {storage.relative(file, corpus.root): file_sha256(file) for file in corpus_files(corpus)}
        write_json(
            corpus.corpus_json,
            {
                "name": self.settings.config.name,
                "version": self.version,
                "grew_from": started["grew_from"],
                "completed": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                "config": self.settings.config.model_dump(mode="json"),
                "config_sha256": digest_of(self.settings.config.model_dump(mode="json")),
                "accents": list(self.settings.accents.wanted),
                "withdrawn": self._withdrawn_in_all(),
                "inputs": self._inputs,
                "libraries": library_versions(),
                "ledger": {
                    "records_read": ingest["records_read"],
                    "accepted": ingest["accepted"],
                    "quarantined": ingest["quarantined"],
                    "recipes_planned": plan["recipes"],
                    "rows_written": render["rows"],
                    "named": ingest.get("named"),
                    "left_out": plan["left_out"],
                },
                "targets": {"missed": plan["gaps"], "optimal": plan["optimal"], "statement": plan["statement"]},
                "files": files,
            },
        )
        say(f"{corpus.root}: whole; open {corpus.path('report.html')}")

    def _withdrawn_in_all(self) -> dict[str, Any] | None:
        withdrawn = read_withdrawn(self.corpus)
        return (
            {"speakers": len(withdrawn.speakers), "listed": len(withdrawn.listed), "rewritten": list(withdrawn.rewritten)}
            if withdrawn
            else None
        )


def _check_free(directory: str) -> None:
    """Raise ConfigError where a new corpus would be written among somebody's files, or over them; hidden ones aside."""
    if storage.kind(directory) not in (None, "directory"):
        raise ConfigError(f"{directory}: is a file; choose another --output")
    inside = (*storage.list_names(directory), *map(storage.name, storage.list_directories(directory)))
    visible = sorted(name for name in inside if not name.startswith("."))
    if visible:
        shown = ", ".join(visible[:3]) + (", …" if len(visible) > 3 else "")
        raise ConfigError(f"{directory}: holds something that is no corpus of panvox ({shown}); choose another --output")


def corpus_files(corpus: Corpus) -> list[str]:
    """Every file of the corpus that ``corpus.json`` answers for: all but itself and the stages' own notes."""
    files = storage.list_files(corpus.root, recursive=True)
    notes = corpus.path(".work") + "/"
    return [file for file in files if not file.startswith(notes) and file != corpus.corpus_json]


def _with_key(settings: Settings) -> Settings:
    """The settings with the fingerprint of the key that hides speakers' ids. Raises ConfigError where the key is not there."""
    pseudonyms = settings.open_pseudonyms()
    return settings if pseudonyms is None else replace(settings, key_fingerprint=pseudonyms.fingerprint)


def _changes(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
