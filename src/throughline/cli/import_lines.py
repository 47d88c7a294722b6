"""
``throughline import records``: records from a file line by line, as the wizard of the pages does.

Good lines are in, the others are put aside with their reasons. Nothing is begun while it is open what a column means.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from throughline.cli import NO, OK, read_bytes, read_text, say
from throughline.cli.batch import write_json
from throughline.cli.database import product
from throughline.cli.import_records import type_named
from throughline.cli.import_runs import (
    SHOWN,
    actor_named,
    add_person,
    add_result,
    carry_on,
    counts,
    expect_place,
    tell,
)
from throughline.platform.faults import Fault

if TYPE_CHECKING:
    from throughline.core.actor import Actor
    from throughline.core.records.imports.guessing import ColumnGuess
    from throughline.core.records.imports.models import Import
    from throughline.core.records.imports.operations import Trial
    from throughline.core.records.mapping import ImportMapping
    from throughline.core.records.spec import RecordSpec

POLICIES = ("skip", "update", "create", "ask")
SAMPLE_LETTERS = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("type", metavar="TYPE", help="in the singular: lead, contact, deal …")
    parser.add_argument("file", metavar="FILE", help="a CSV table or workbook with a header row; - is standard input")
    parser.add_argument("--mapping", metavar="FILE", help="which column is which field, as YAML (default: guessed)")
    parser.add_argument(
        "--column", metavar="COLUMN=FIELD", action="append", default=[],
        help="what a column is, beside the mapping or the guess; without a field it is left out; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--date", metavar="COLUMN=ORDER", action="append", default=[],
        help="how its days are written: yyyy-mm-dd, dd-mm-yyyy or mm-dd-yyyy; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--policy", choices=POLICIES, default="skip",
        help="what happens with records that are known already: left as they are (skip), filled and changed (update), "
        "made once more (create), or asked about on the page of the import (ask)",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    add_person(parser)
    add_result(parser)


def run(arguments: argparse.Namespace) -> int:
    """Import the file, or try it."""
    if arguments.dry_run and arguments.errors:
        raise Fault("A dry run shows the first problems only. Leave --errors out, or import.")
    expect_place(arguments)
    content = read_bytes(arguments.file)
    mapping = read_text(arguments.mapping) if arguments.mapping else None
    with product():
        from django.db import transaction

        from throughline.core.actor import Actor, ActorKind
        from throughline.core.records.imports.operations import begin_import

        name = Path(arguments.file).name
        by = actor_named(arguments.person, Actor(ActorKind.IMPORT, name, name))
        spec = type_named(arguments.type)
        if arguments.dry_run:
            return _try(arguments, spec, content, mapping, by)
        with transaction.atomic():
            made = _prepared(arguments, spec, content, mapping, by)
            made = begin_import(import_id=made.pk, by=by, at=datetime.now(UTC))
        say(f"Import {made.pk} has begun.")
        carry_on(made)
        return tell(made, errors=arguments.errors, json=arguments.json)


def _prepared(
    arguments: argparse.Namespace, spec: RecordSpec, content: bytes, mapping: str | None, by: Actor
) -> Import:
    """Stage the file and say what its columns are; in a transaction of the caller's, so a refusal leaves nothing."""
    from throughline.core.records.imports.guessing import mapping_of
    from throughline.core.records.imports.operations import set_mapping, stage_file
    from throughline.core.records.mapping import read_mapping

    at, name = datetime.now(UTC), Path(arguments.file).name
    made = stage_file(spec=spec, content=content, file_name=name, by=by, at=at)
    given = mapping_of(made.mapping) if mapping is None else read_mapping(mapping)
    meant = _with(given, columns=_pairs("--column", arguments.column), dates=_pairs("--date", arguments.date))
    if mapping is None:
        _show_guesses(spec, made, meant, said=set(_pairs("--column", arguments.column)))
    return set_mapping(import_id=made.pk, mapping=meant, policy=arguments.policy, by=by, at=at)


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.rpartition("=") for text in texts]
    if wrong := next((text for text, (name, _, _) in zip(texts, pairs, strict=True) if not name), None):
        raise Fault(f'{option} expects COLUMN=…, but there is "{wrong}".')
    return {name: value.strip() for name, _, value in pairs}


def _with(given: ImportMapping, *, columns: dict[str, str], dates: dict[str, str]) -> ImportMapping:
    """Return a mapping with what the options say besides."""
    import msgspec

    chosen = {**given.columns, **columns}
    return msgspec.structs.replace(
        given,
        columns={name: field for name, field in chosen.items() if field},
        ignore=[
            *(name for name in given.ignore if name not in columns),
            *(name for name, field in columns.items() if not field),
        ],
        dates={**given.dates, **dates},
    )


# -- What the file seems to say ----------------------------------------------------------------------------------------


def _show_guesses(spec: RecordSpec, made: Import, meant: ImportMapping, *, said: set[str]) -> None:
    """
    Show what each column seems to be, with samples and what is open.

    Raises:
        Fault: a column is only perhaps what it seems to be, and nobody said so.
    """
    from throughline.core.records.imports.guessing import LIKELY, guess_columns
    from throughline.core.records.imports.operations import sample

    guesses = guess_columns(spec, made.header, sample(made))
    unsure = [guess for guess in guesses if guess.confidence == LIKELY and guess.name not in said]
    say("The columns, as far as they can be told:")
    for guess in guesses:
        say(f"  {guess.name}: {_seen(spec, guess, meant, is_unsure=guess in unsure)}")
    if unsure:
        first = unsure[0]
        raise Fault(
            f'The column "{first.name}" is perhaps {first.field}. Say so with --column "{first.name}={first.field}", '
            f'or leave it out with --column "{first.name}=".'
        )


def _seen(spec: RecordSpec, guess: ColumnGuess, meant: ImportMapping, *, is_unsure: bool) -> str:
    from throughline.core.records.spec import TIMES

    samples = ", ".join(map(_short, guess.samples))
    field = meant.columns.get(guess.name, "")
    if field not in spec.by_name:
        return f"left out ({samples})" if samples else "left out"
    words = [f"{'perhaps ' if is_unsure else ''}{field}, read as {spec.field(field).type.value}"]
    if spec.field(field).type in TIMES and guess.orders:
        if guess.name in meant.dates:
            words.append(meant.dates[guess.name])
        else:
            words.append(f'{" or ".join(guess.orders)} (say which: --date "{guess.name}={guess.orders[0]}")')
    return ", ".join(words) + (f" ({samples})" if samples else "")


def _short(text: str) -> str:
    """Return a text of the file as it may stand in a line on a terminal."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain if len(plain) <= SAMPLE_LETTERS else f"{plain[:SAMPLE_LETTERS]}…"


# -- The trial ---------------------------------------------------------------------------------------------------------


def _try(arguments: argparse.Namespace, spec: RecordSpec, content: bytes, mapping: str | None, by: Actor) -> int:
    """Try the import, and take all of it back."""
    from django.db import transaction

    from throughline.core.records.imports.operations import try_import

    with transaction.atomic():
        made = _prepared(arguments, spec, content, mapping, by)
        _show_values(spec, made)
        trial = try_import(import_id=made.pk, by=by, at=datetime.now(UTC))
        transaction.set_rollback(True)
    if arguments.json:
        write_json(_document(made, trial))
    else:
        _tell(made, trial)
    return NO if trial.refused or trial.held else OK


def _show_values(spec: RecordSpec, made: Import) -> None:
    """Show values that nothing here is called, and how to say what they mean."""
    from throughline.core.records.imports.guessing import mapping_of, unknown_values
    from throughline.core.records.imports.lines import Staged

    lines = (cells for _, cells in Staged(made).rows())
    unknown = unknown_values(spec, made.header, lines, mapping_of(made.mapping))
    for value in unknown[:SHOWN]:
        say(
            f'{value.column}: nothing is called "{_short(value.text)}" ({value.count:,} lines). Say what it means in'
            f" the mapping: values: {{{value.column}: {{{_short(value.text)}: {value.meant or '…'}}}}}."
        )
    if len(unknown) > SHOWN:
        say(f"And {len(unknown) - SHOWN:,} more values.")


def _document(made: Import, trial: Trial) -> dict[str, Any]:
    return {
        "type": made.record_type,
        "file_name": made.file_name,
        "dry_run": True,
        "lines": made.lines,
        **{name: getattr(trial, name) for name in ("tried", "created", "updated", "existing", "held", "refused")},
        "notes": trial.notes,
        "columns": made.mapping["columns"],
        "problems": trial.problems,
    }


def _tell(made: Import, trial: Trial) -> None:
    print(f"{made.record_type}: {made.lines:,} lines; there would be {counts(trial)}.")  # noqa: T201
    if trial.tried + trial.refused < made.lines:
        say(f"The first {trial.tried:,} lines were tried, the others only read.")
    for note in trial.notes:
        say(note)
    for problem in trial.problems:
        say(str(problem))
    if trial.refused > len(trial.problems):
        say(f"{trial.refused:,} lines in all would be refused.")
