"""What the tests of the simulation share: charts drawn in a line, scenarios as they stand in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from throughline.flow import bpmn
from throughline.flow.engine.tests.walking import xml
from throughline.flow.simulate.experiment import CarriedBy, Result, Runner, simulate
from throughline.flow.simulate.floor import Records
from throughline.flow.simulate.reading import read_scenario
from throughline.flow.simulate.setting import Setting, set_up

ONE_STEP = "startEvent start\nuserTask Serve\nendEvent end\nstart > Serve > end"
MINUTE_APART = {"distribution": "exponential", "mean": "PT60S"}
OFFICE = {"zone": "UTC", "hours": [{"days": "MO-FR", "from": "09:00", "to": "17:00"}]}
MONDAY = "2026-01-05"


def setting(drawing: str, roots: str = "", extra: str = "", **scenario: Any) -> Setting:
    """Return a scenario joined with a drawing."""
    return set_up(bpmn.read(xml(drawing, roots=roots, extra=extra)), read_scenario(scenario))


def run(drawing: str, *, by: CarriedBy | None = None, **scenario: Any) -> Result:
    """Simulate a drawing."""
    return simulate(setting(drawing, **scenario), carried_by=by)


def once(drawing: str, **scenario: Any) -> tuple[Setting, Records]:
    """Return what the first replication of a drawing leaves behind, with the traces of its cases."""
    joined = setting(drawing, **{"warm_up": 0, "replications": 1, "seed": 1, **scenario})
    return joined, Runner(joined).replicate(0, traces=True)


def at(day: str, time: str) -> str:
    """Return an instant of a scenario."""
    return f"{day}T{time}:00Z"


def exponential(seconds: float) -> dict[str, str]:
    """Return an exponential distribution as a scenario gives it."""
    return {"distribution": "exponential", "mean": f"PT{seconds}S"}


def work_of(joined: Setting, records: Records) -> list[dict[str, Any]]:
    """Return the work of a replication as people would read it, moments in hours since the start."""
    nodes = list(joined.stations)
    names = ("case", "offered", "begun", "ended", "worked")
    rows = [records.work[place : place + 8] for place in range(0, len(records.work), 8)]
    return [
        {
            "node": nodes[row[0]],
            "unit": records.units[row[6]] if row[6] >= 0 else "",
            "how": row[7],
            **{name: row[1 + place] if name == "case" else hours(row[1 + place]) for place, name in enumerate(names)},
        }
        for row in rows
    ]


def hours(micros: int) -> float:
    """Return microseconds as hours."""
    return round(micros / 3_600_000_000, 6)


def tree(document: Mapping[str, Any], path: str) -> Any:
    """Return a member deep in a document."""
    value: Any = document
    for name in path.split("."):
        value = value[name]
    return value
