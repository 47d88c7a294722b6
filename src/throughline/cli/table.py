"""The table of commands. ``throughline --help`` prints it; scripts rely on the names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """One command: its module, what it does in a line, and whether only other commands call it."""

    module: str
    summary: str
    internal: bool = False


def _here(name: str, summary: str, *, internal: bool = False) -> Command:
    return Command(f"throughline.cli.{name}", summary, internal)


_NAMED: dict[str, Command] = {
    # The running system
    "serve": _here("serve", "Run everything on this machine: database, web and worker."),
    "worker": _here("worker", "Run one more worker against the database."),
    "manage": _here("manage", "Run a management command of Django."),
    "invite": _here("invite", "Give a person an account and a link to choose their password."),
    "import": _here("import_records", "Read records of one type from a CSV or XLSX file, all lines or none."),
    "import records": _here(
        "import_lines", "Read records line by line: known ones may change, wrong lines are put aside."
    ),
    "import resume": _here("import_resume", "Go on with an import where it was interrupted or stopped."),
    "import held": _here("import_held", "List the lines of an import that wait for a decision."),
    "import decide": _here("import_decide", "Say of lines that wait: the same record, another one, or left out."),
    "import undo": _here("import_undo", "Take an import back: what it made and what it changed."),
    "send": _here("send", "Send one message per row of a CSV file to the waiting cases."),
    "sample": _here("sample", "Load the sample company, take it away, or make it anew."),
    "backup": _here("backup", "Write the whole database into one file."),
    "restore": _here("restore", "Replace the database by a backup."),
    # Charts, without a database
    "check": _here("check", "Say what is wrong with a chart: rule, element, message, counter-example."),
    "run": _here("run_chart", "Run a chart in memory with given answers and print the trace."),
    "simulate": _here("simulate", "Run many cases through a chart in virtual time."),
    "describe": _here("describe", "Say what is understood of a chart: processes, nodes, flows, lanes."),
    "render": _here("render", "Draw a chart as SVG, PNG or PDF."),
    "layout": _here("layout", "Give a chart positions and write it."),
    "import-chart": _here("import_chart", "Read a drawing of another tool and write BPMN."),
    "pack": _here("pack", "List, check, export and import packs of procedures."),
    # Rules, without a database
    "feel": _here("feel", "Evaluate a FEEL expression."),
    "decide": _here("decide", "Take a decision of a DMN model."),
    # Event logs, without a database
    "mine": _here("mine", "Say what an event log holds: variants, flows, durations."),
    "discover": _here("discover", "Make a chart from an event log."),
    "conform": _here("conform", "Lay an event log over a chart and say where they part."),
    # What the commands above start
    "web": _here("web", "Serve the pages.", internal=True),
    "prepare": _here("prepare", "Bring the database to this version and load what is asked for.", internal=True),
}

HERE = Path(__file__).parent

COMMANDS = {
    name: command
    for name, command in _NAMED.items()
    if (HERE / f"{command.module.rpartition('.')[2]}.py").exists()  # a name without its module is only a promise
}
