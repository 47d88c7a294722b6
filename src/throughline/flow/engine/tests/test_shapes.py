"""What has been deployed is frozen: the shapes of commands, events, effects and states, against a golden file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from throughline.flow.engine import commands, effects, events, state
from throughline.flow.engine.apply import APPLY
from throughline.flow.engine.decide import DECIDE

GOLDEN = Path(__file__).with_name("shapes.json")


def shapes() -> dict[str, dict[str, str]]:
    """Return the fields and types of everything that is stored or sent."""
    import sys

    kinds: list[type[msgspec.Struct]] = [
        *get_args(commands.AnyCommand),
        *get_args(events.AnyEvent),
        *get_args(sys.modules[effects.__module__].AnyEffect),
        *(each for each in vars(state).values() if isinstance(each, type) and issubclass(each, msgspec.Struct)),
    ]
    return {
        f"{each.__module__.rpartition('.')[2]}.{each.__name__}": {
            name: _text(hint) for name, hint in get_type_hints(each).items() if name in each.__struct_fields__
        }
        for each in kinds
        if each.__struct_fields__
    }


def _text(hint: Any) -> str:
    return str(hint).replace("typing.", "").replace("throughline.flow.engine.", "")


def test_shapes_are_those_of_the_golden_file() -> None:
    """Write the file anew (delete it and run twice) only for additions; a change of meaning is a new class."""
    if not GOLDEN.exists():
        GOLDEN.write_text(json.dumps(shapes(), indent=1) + "\n", "utf-8")

    assert shapes() == json.loads(GOLDEN.read_text("utf-8"))


def test_every_event_has_its_effect_on_the_state_said() -> None:
    assert set(APPLY) == set(get_args(events.AnyEvent))


def test_every_command_but_the_first_is_decided() -> None:
    assert set(DECIDE) == set(get_args(commands.AnyCommand)) - {commands.Start}
