"""The command ``panvox``. Each command parses its words and calls the module that does the work."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import ConfigError, PanvoxError

if TYPE_CHECKING:
    from pipelines.run import Run

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Turn raw recordings into balanced, condition-diverse Parquet shards and honest coverage matrices.\n\n"
    "[bold]Start here:[/bold]  panvox run corpus.yaml --output out  ·  panvox coverage out  ·  open out/report.html",
)

BEAM = {"allow_extra_args": True, "ignore_unknown_options": True}

Config = Annotated[str, typer.Argument(help="The configuration, corpus.yaml.", metavar="CONFIG")]
Output = Annotated[str, typer.Option("--output", "-o", help="Output directory: a path, s3:// or gs://.", metavar="OUT")]
Out = Annotated[str, typer.Argument(help="Output directory of a run.", metavar="OUT")]


def _open_run(context: typer.Context, config: str, output: str, *, dry: bool = False) -> Run:
    from pipelines.run import Run
    from pipelines.workers.runner import parse_options

    return Run(config, output, parse_options(context.args), dry=dry)


def _epilog(*examples: str) -> str:
    return "[bold]Examples[/bold]\n\n" + "\n\n".join(f"  {example}" for example in examples)


@app.command(
    epilog=_epilog(
        "panvox init VCTK-Corpus-0.92", "panvox init --layout kaldi data -o kaldi.yaml", "panvox init cv-corpus-21.0 data field"
    )
)
def init(
    roots: Annotated[
        list[str], typer.Argument(help="Directory of a corpus: a path, s3:// or gs://; or several.", metavar="ROOT")
    ],
    layout: Annotated[str | None, typer.Option("--layout", help="Its layout; recognised where only one fits.")] = None,
    output: Annotated[str, typer.Option("--output", "-o", help="Where the configuration goes.")] = "corpus.yaml",
    force: Annotated[bool, typer.Option("--force", help="Replace a configuration that is there.")] = False,
) -> None:
    """Look at directories of corpora and write a commented corpus.yaml that runs; says what it found. Reads no audio."""
    from pipelines import storage
    from pipelines.commands.init import init as lines_of

    with storage.walking_once():  # for every layout looks for its own files
        for line in lines_of(roots, layout, output, replace=force):
            typer.echo(line)


@app.command(
    context_settings=BEAM,
    epilog=_epilog(
        "panvox run corpus.yaml --output out",
        "panvox run corpus.yaml --output out --direct_num_workers 8",
        "panvox run gs://b/corpus.yaml --output gs://b/out --runner DataflowRunner --region europe-west1 --temp_location gs://b/tmp",
    ),
)
def run(context: typer.Context, config: Config, output: Output) -> None:
    """Ingest, plan, render and report; goes on where an interrupted run stopped. Beam's options may follow."""
    _open_run(context, config, output).run_until("report")


@app.command(context_settings=BEAM, epilog=_epilog("panvox ingest corpus.yaml --output out"))
def ingest(context: typer.Context, config: Config, output: Output) -> None:
    """Read, check and measure every recording: manifest and quarantine."""
    _open_run(context, config, output).run_until("ingest")


@app.command(context_settings=BEAM, epilog=_epilog("panvox plan corpus.yaml --output out --dry-run"))
def plan(
    context: typer.Context,
    config: Config,
    output: Output,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what to expect: rows, hours, bytes and time.")] = False,
) -> None:
    """Decide what is written and simulated: recipes, splits and gaps. Ingests first where that is not done."""
    opened = _open_run(context, config, output, dry=dry)
    if not dry:
        opened.run_until("plan")
        return
    expected = opened.dry_run()
    for split, rows in expected["rows"].items():
        hours, megabytes, shards = expected["hours"][split], expected["bytes"][split] / 1e6, expected["shards"].get(split, 0)
        typer.echo(f"{split:6} {rows:>10,} rows {hours:>10.2f} h {megabytes:>10.1f} MB in {shards} shards")
    recorded, simulated = expected["recorded"], expected["simulated"]
    typer.echo(f"{recorded:,} recorded and {simulated:,} simulated rows; {expected['gaps']:,} gaps remain")
    typer.echo(f"about {max(0.1, expected['minutes']):.1f} minutes to render on this machine")


@app.command(context_settings=BEAM, epilog=_epilog("panvox render corpus.yaml --output out"))
def render(context: typer.Context, config: Config, output: Output) -> None:
    """Write the shards. Ingests and plans first where that is not done."""
    _open_run(context, config, output).run_until("render")


@app.command(context_settings=BEAM, epilog=_epilog("panvox report corpus.yaml --output out"))
def report(context: typer.Context, config: Config, output: Output) -> None:
    """Count the shards; write coverage, report.html, card.md and croissant.json. Does the earlier stages first where needed."""
    _open_run(context, config, output).run_until("report")


@app.command(
    epilog=_epilog(
        "panvox coverage out",
        "panvox coverage out --count speakers --split test",
        "panvox coverage out --by accent,gender,snr_band --origin recorded",
    )
)
def coverage(
    out: Out,
    count: Annotated[str, typer.Option("--count", help="hours, utterances or speakers.")] = "utterances",
    split: Annotated[str | None, typer.Option("--split", help="Only this split.")] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Dimensions instead of accent,condition; counted from the shards now.")
    ] = None,
    origin: Annotated[str | None, typer.Option("--origin", help="Only recorded, or only simulated rows.")] = None,
) -> None:
    """Show the accent × condition matrix, or any other dimensions, counted from the shards."""
    from rich.console import Console

    from pipelines import storage
    from pipelines.corpus import Corpus
    from pipelines.report.counts.coverage import read_coverage
    from pipelines.report.terminal.matrix import print_matrix
    from pipelines.report.terminal.tables import (
        association_lines,
        confounded_lines,
        count_by_dimensions,
        imputed_lines,
        print_crosstab,
    )

    corpus, console = Corpus(out), Console()
    config = corpus.read_config()
    lines: list[str] = []
    if by is None and origin is None:
        if not storage.exists(corpus.coverage_file):
            raise ConfigError(f"{out}: nothing is counted yet; run 'panvox run' to the end")
        print_matrix(console, read_coverage(corpus), count, split, config)
        lines += confounded_lines(corpus)
    else:
        crosstab = count_by_dimensions(corpus, by or "accent,condition", split, origin)
        rows = f"{origin} rows" if origin else "all rows"
        title = f"{count} by {', '.join(crosstab.dimensions)}, {rows}, " + (f"split {split}" if split else "all splits")
        print_crosstab(console, crosstab, count, title)
        lines += [*association_lines(crosstab, origin), *confounded_lines(corpus, crosstab)]
    if (config.get("policy") or {}).get("imputed") == "mark":
        lines += imputed_lines(corpus)
    for line in lines:
        typer.echo(line)
    _tell_internal(config)


def _tell_internal(config: Mapping[str, Any]) -> None:
    """Say so where what was printed withholds nothing of a corpus that has files for publishing."""
    if config.get("publish"):
        typer.echo("internal: nothing is withheld here; report.html, card.md and the matrices as CSV are for publishing")


@app.command(epilog=_epilog("panvox combinations out", "panvox combinations out --strength 3 --split train"))
def combinations(
    out: Out,
    strength: Annotated[int | None, typer.Option("--strength", help="How many factors together: 2 or 3.")] = None,
    split: Annotated[str | None, typer.Option("--split", help="Only this split.")] = None,
) -> None:
    """Show how many combinations of accent, gender, noise, handset … occur, and which people are missing."""
    from rich.console import Console

    from pipelines.corpus import Corpus
    from pipelines.report.terminal.combinations_told import print_combinations

    corpus = Corpus(out)
    corpus.check_there()
    print_combinations(Console(), corpus, strength, split)
    _tell_internal(corpus.read_config())


@app.command(epilog=_epilog("panvox gaps out"))
def gaps(out: Out) -> None:
    """Show every target that is missed, why, and what to do about it."""
    from rich.console import Console

    from pipelines import storage
    from pipelines.corpus import Corpus
    from pipelines.plan.gaps.gap import print_gaps

    corpus = Corpus(out)
    corpus.check_there()
    if not storage.exists(corpus.gaps_file):
        raise ConfigError(f"{out}: nothing is planned yet; run 'panvox plan' first")
    claim = corpus.read_stage("plan").get("statement", "") if corpus.is_done("plan") else ""
    print_gaps(Console(), storage.read_bytes(corpus.gaps_file).decode(), claim)
    _tell_internal(corpus.read_config())


@app.command(epilog=_epilog("panvox explain out smp-0042"))
def explain(
    out: Out,
    recording: Annotated[str, typer.Argument(help="Id of a recording, a quarantined record or an utterance.", metavar="ID")],
) -> None:
    """Tell where a recording went and why: its rule, split, cell and uses."""
    from pipelines.commands.explain import explain as lines_of
    from pipelines.corpus import Corpus

    corpus = Corpus(out)
    corpus.check_there()
    lines = lines_of(corpus, recording)
    if not lines:
        raise PanvoxError(f"{out}: nothing here has the id {recording!r}")
    typer.echo("\n".join(lines))
    _tell_internal(corpus.read_config())


@app.command(
    epilog=_epilog(
        "panvox simulate corpus.yaml --condition street_10db in.wav out.wav --stems stems",
        "panvox simulate corpus.yaml --condition street_10db in.wav again.wav --recipe recipe.json",
        "panvox simulate corpus.yaml --condition grid in.wav out.wav --factor noise=street --factor snr_db=3",
    )
)
def simulate(
    config: Config,
    source: Annotated[str, typer.Argument(help="Clean speech, in any format panvox reads.", metavar="IN")],
    target: Annotated[str, typer.Argument(help="Where the result goes, a WAV file of 16 bits.", metavar="OUT.wav")],
    condition: Annotated[str | None, typer.Option("--condition", help="A condition of the configuration.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Fixes every draw.", min=0)] = 0,
    stems: Annotated[str | None, typer.Option("--stems", help="Directory for speech.wav, noise.wav and response.wav.")] = None,
    recipe: Annotated[str | None, typer.Option("--recipe", help="Replay this recipe (JSON) instead of drawing one.")] = None,
    factor: Annotated[
        list[str] | None,
        typer.Option(
            "--factor", help="Value of a factor of the condition; the others are drawn. May be repeated.", metavar="NAME=VALUE"
        ),
    ] = None,
) -> None:
    """Put one file through one condition and print the recipe, asked and measured, as JSON."""
    from pipelines.commands.simulate_file import simulate_file

    if condition is None and recipe is None:
        raise typer.BadParameter("is required, unless a recipe names it", param_hint="--condition")
    done = simulate_file(config, condition, source, target, seed, stems, recipe, factor or ())
    typer.echo(json.dumps(done, indent=2, sort_keys=True, ensure_ascii=False))


@app.command(epilog=_epilog("panvox verify out"))
def verify(out: Out) -> None:
    """Check a finished corpus from disk: nothing lost, nothing altered, splits sealed, shards balanced. Exits 1 on a breach."""
    from pipelines.corpus import Corpus
    from pipelines.verify import Checked
    from pipelines.verify import verify as breaches_of

    checked = Checked()
    breaches = 0
    for breach in breaches_of(Corpus(out), checked):
        breaches += 1
        typer.echo(str(breach))
    if breaches:
        raise PanvoxError(f"{out}: {breaches} lines of breaches in {checked}")
    typer.echo(f"{out}: every invariant holds in {checked}")


@app.command(
    epilog=_epilog(
        "panvox export out --to lhotse-shar --output shar",
        "panvox export out --to kaldi --output data --split train --split dev",
    )
)
def export(
    out: Out,
    to: Annotated[str, typer.Option("--to", help="lhotse-shar, webdataset, nemo-tar, kaldi or huggingface.", metavar="FORM")],
    output: Annotated[str, typer.Option("--output", "-o", help="Where it goes: a path, s3:// or gs://.", metavar="DIR")],
    split: Annotated[list[str] | None, typer.Option("--split", help="Only this split; may be repeated.")] = None,
) -> None:
    """Write a finished corpus in the form another trainer reads; goes on where an interrupted export stopped."""
    from pipelines.export.run import export as lengths_of

    for name, length in lengths_of(out, to, output, split or ()).items():
        typer.echo(f"{name:6} {length.rows:>10,} rows {length.seconds / 3600:>10.2f} h")


@app.command(epilog=_epilog("panvox diff out@1 out", "panvox diff monday tuesday --json"))
def diff(
    old: Annotated[str, typer.Argument(help="A finished output; OUT@2 is its version 2.", metavar="OLD")],
    new: Annotated[str, typer.Argument(help="Another one, or another version.", metavar="NEW")],
    as_json: Annotated[bool, typer.Option("--json", help="All of it, as JSON.")] = False,
) -> None:
    """Show what changed between two corpora or versions: cells, targets newly met and missed, speakers added and removed."""
    from rich.console import Console

    from pipelines.commands.diff import compare, read_state
    from pipelines.report.terminal.difference import print_difference

    difference = compare(read_state(old), read_state(new))
    if as_json:
        typer.echo(json.dumps(difference.as_json(), indent=2, sort_keys=True, ensure_ascii=False))
    else:
        print_difference(Console(), difference)


@app.command(epilog=_epilog("panvox forget out --speaker spk-0042", "panvox run corpus.yaml --output out", "panvox verify out"))
def forget(
    out: Out,
    speaker: Annotated[list[str], typer.Option("--speaker", help="Id or pseudonym of a speaker; may be given several times.")],
    key_file: Annotated[
        str | None, typer.Option("--key-file", help="Key of the pseudonyms, where the configuration's is not found from here.")
    ] = None,
) -> None:
    """Withdraw speakers: no row, simulation or babble of the next version holds them. The next run rewrites what does."""
    from pipelines.commands.forget import forget as put_on_list
    from pipelines.corpus import Corpus

    expected = put_on_list(Corpus(out), speaker, key_file)
    typer.echo("\n".join(expected.lines()))


@app.command(epilog=_epilog("panvox accents corpus.yaml", "panvox accents corpus.yaml --all"))
def accents(
    config: Config,
    everything: Annotated[bool, typer.Option("--all", help="Also the words that a rule matched, and their codes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All of it, as JSON.")] = False,
) -> None:
    """List declared accents that no rule of accents.yaml matched, by count, with suggestions. Reads no audio."""
    from rich.console import Console

    from pipelines.commands import declared
    from pipelines.settings import load_settings

    settings = load_settings(config)
    found = declared.count_declared(settings)
    if as_json:
        typer.echo(json.dumps(declared.as_json(found, settings.accents), indent=2, ensure_ascii=False))
    else:
        declared.print_declared(Console(), found, settings.accents, everything=everything)


@app.command()
def layouts() -> None:
    """List the layouts of metadata that sources may have."""
    from pipelines.ingest.layouts import layouts as known

    for name, layout in known().items():
        typer.echo(f"{name:22} {layout.doc}")


def main() -> None:
    """Run the command line; the process's exit code is 0, 1 failed, 2 wrong usage, or 3 stopped by validation."""
    # Libraries log what is none of the user's business; what goes wrong reaches them as an exception.
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger().setLevel(logging.ERROR)
    try:
        app(prog_name="panvox")
    except SystemExit as done:
        _leave(done.code if isinstance(done.code, int) else 0)
    except PanvoxError as error:
        _leave(error.exit_code, str(error))
    except OSError as error:
        _leave(1, str(error))
    except Exception:  # noqa: BLE001  (a mistake of ours: told whole, and it must not keep the process from ending)
        _leave(1, traceback.format_exc().rstrip())


def _leave(code: int, message: str | None = None) -> None:
    """Say why and end at once.

    Threads of libraries may still wait for workers that are gone, or be reading ahead; taking the interpreter down under them
    ends in an abort.
    """
    with contextlib.suppress(OSError):  # whoever was reading may be gone as well
        if message is not None:
            typer.echo(f"panvox: {message}", err=True)
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
