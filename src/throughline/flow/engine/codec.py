"""
States, commands and events as JSON, and back without loss.

Values of FEEL take the form of the protocol (:func:`throughline.flow.values.to_json`): JSON's own types where JSON has
one, numbers with all their digits, else ``{"$feel": "..."}``. Which fields hold values is read off the types once, at
import.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from throughline.flow.engine import commands as cmd
from throughline.flow.engine import events as ev
from throughline.flow.engine.state import Cycle, Done, Incident, Loop, Scope, State, Token, Variables, Wait
from throughline.flow.values import from_json, to_json

S = TypeVar("S", bound=msgspec.Struct)
Convert = Callable[[Any], Any]
Plan = tuple[tuple[str, Callable[[Convert], Convert]], ...]

_encoder = msgspec.json.Encoder(decimal_format="number")
_state_decoder = msgspec.json.Decoder(State, float_hook=Decimal)
_command_decoder = msgspec.json.Decoder(cmd.AnyCommand, float_hook=Decimal)
_event_decoder = msgspec.json.Decoder(ev.AnyEvent, float_hook=Decimal)


def encode_state(state: State) -> bytes:
    """Return the state as JSON."""
    return _encoder.encode(_convert(state, to_json))


def decode_state(data: bytes) -> State:
    """Return the state that :func:`encode_state` wrote; raise msgspec.ValidationError or DecodeError."""
    return _convert(_state_decoder.decode(data), from_json)


def encode_command(command: cmd.Command) -> bytes:
    """Return a command as JSON, tagged by its name."""
    return _encoder.encode(_convert(command, to_json))


def decode_command(data: bytes) -> cmd.AnyCommand:
    """Return the command that :func:`encode_command` wrote."""
    command: cmd.AnyCommand = _command_decoder.decode(data)
    return _convert(command, from_json)


def encode_event(event: ev.Event) -> bytes:
    """Return an event as JSON, tagged by its name."""
    return _encoder.encode(_convert(event, to_json))


def decode_event(data: bytes) -> ev.AnyEvent:
    """Return the event that :func:`encode_event` wrote."""
    event: ev.AnyEvent = _event_decoder.decode(data)
    return _convert(event, from_json)


# --- which fields hold values -----------------------------------------------------------------------------------------
def _convert(thing: S, convert: Convert) -> S:
    """Return a struct with every FEEL value in it converted; the same object when it can hold none."""
    plan = _PLANS[type(thing)]
    if not plan:
        return thing
    changes = {}
    for name, through in plan:
        value = getattr(thing, name)
        if value:
            changes[name] = through(convert)(value)
    return msgspec.structs.replace(thing, **changes) if changes else thing


def _value(convert: Convert) -> Convert:
    return convert


def _struct(convert: Convert) -> Convert:
    return lambda thing: _convert(thing, convert)


def _structs(convert: Convert) -> Convert:
    return lambda things: tuple(_convert(each, convert) for each in things)


def _by_id(convert: Convert) -> Convert:
    return lambda things: {key: _convert(each, convert) for key, each in things.items()}


def _plan_of(struct: type[msgspec.Struct]) -> Plan:
    found = []
    for name, hint in get_type_hints(struct).items():
        if name in struct.__struct_fields__ and (way := _way(hint)) is not None:
            found.append((name, way))
    return tuple(found)


def _way(hint: Any) -> Callable[[Convert], Convert] | None:
    if hint is Any or hint == Variables or hint == list[Any]:
        return _value
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        ways = [_way(each) for each in get_args(hint) if each is not type(None)]
        return next((way for way in ways if way is not None), None)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _struct
    structs = [each for each in get_args(hint) if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    return None if not structs else (_by_id if origin is dict else _structs)


_PLANS: dict[type, Plan] = {
    struct: _plan_of(struct)
    for struct in (
        State,
        Scope,
        Token,
        Wait,
        Incident,
        Loop,
        Done,
        Cycle,
        *get_args(cmd.AnyCommand),
        *get_args(ev.AnyEvent),
    )
}
