"""
Matching that cannot run away: regular expressions in time that grows with text times pattern, never faster.

Theory of operation. Python's matcher goes back and tries again, which for some patterns doubles the time with every
character and cannot be stopped. Here all ways through the pattern are followed side by side, one character at a time
(Pike's machine; R. Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009): a place in the pattern is
held once per character, however many ways lead there. The order of the ways is kept, so that the same match is found,
with the same groups, as Python's matcher finds.

Python's own parser reads the pattern, and Python's own matcher answers for single characters and for places such as
``^``: what a character class means is not written down again. What refers back to a group has no such machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

PARSER: Any = import_module("re._parser")  # the only reader of Python's patterns; no public name leads to it
COMPILER: Any = import_module("re._compiler")

PROGRAM_AT_MOST = 3_000
"""Above this many instructions (from counted repetitions) a pattern is not followed."""

SINGLE = frozenset({"LITERAL", "NOT_LITERAL", "ANY", "IN", "CATEGORY"})
PLACES = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})

Test = Callable[[str, int], Any]
Slots = tuple[int, ...]


class NotFollowed(Exception):
    """A pattern that this machine does not run."""


@dataclass(frozen=True, slots=True)
class Shape:
    """
    How much going back a pattern can ask of a matcher.

    ``repeats``: repetitions that can take different lengths. ``nested``: one repeats another, or a choice.
    """

    repeats: int
    nested: bool


@dataclass(slots=True)
class _Instruction:
    """``kind``: char, place, save, split, jump or match. ``to``: where it goes on, in order of preference."""

    kind: str
    test: Test | None = None
    slot: int = 0
    to: tuple[int, ...] = ()


class Found:
    """A match: its text by group number, as ``re.Match`` gives it."""

    def __init__(self, text: str, slots: Slots, groups: int) -> None:
        self.text = text
        self.slots = slots
        self.groups = groups

    def __getitem__(self, group: int) -> str | None:
        start, end = self.slots[2 * group], self.slots[2 * group + 1]
        return None if start < 0 or end < 0 else self.text[start:end]

    def start(self) -> int:
        return self.slots[0]

    def end(self) -> int:
        return self.slots[1]


@lru_cache(maxsize=1024)
def shape_of(pattern: str, flags: int) -> Shape:
    """The shape of a pattern that ``re`` can read."""
    return _shape(PARSER.parse(pattern, flags))


def _shape(parsed: Any) -> Shape:
    repeats, nested = 0, False
    for operation, argument in parsed:
        inner = [_shape(part) for part in _parts(str(operation), argument)]
        count = sum(each.repeats for each in inner)
        is_repeat = str(operation) in REPEATS and argument[1] > 1
        if is_repeat:
            nested = nested or count > 0 or _chooses(argument[2])
        varies = str(operation) in REPEATS and argument[0] != argument[1]
        repeats += count + varies
        nested = nested or any(each.nested for each in inner)
    return Shape(repeats, nested)


def _chooses(parsed: Any) -> bool:
    return any(
        str(operation) == "BRANCH" or any(_chooses(part) for part in _parts(str(operation), argument))
        for operation, argument in parsed
    )


def _parts(operation: str, argument: Any) -> Sequence[Any]:
    """The patterns directly inside an operation."""
    if operation in REPEATS:
        return [argument[2]]
    if operation == "SUBPATTERN":
        return [argument[3]]
    if operation == "BRANCH":
        return list(argument[1])
    if operation in ("ASSERT", "ASSERT_NOT"):
        return [argument[1]]
    return [argument] if operation == "ATOMIC_GROUP" else []


class Machine:
    """One pattern, ready to be followed. Raises NotFollowed for what refers back, and for too long a program."""

    def __init__(self, pattern: str, flags: int) -> None:
        parsed = PARSER.parse(pattern, flags)
        self.state = parsed.state
        self.groups: int = parsed.state.groups - 1
        self.program: list[_Instruction] = []
        self._sequence(parsed)
        self._emit("match")
        self.empty: Slots = (-1,) * (2 * self.groups + 2)

    # --- compiling ----------------------------------------------------------------------------------------------------

    def _emit(self, kind: str, test: Test | None = None, slot: int = 0) -> int:
        if len(self.program) >= PROGRAM_AT_MOST:
            raise NotFollowed("Expected a shorter pattern, but its counted repetitions make it too long.")
        self.program.append(_Instruction(kind, test, slot))
        return len(self.program) - 1

    def _sequence(self, parsed: Any) -> None:
        for operation, argument in parsed:
            self._operation(str(operation), operation, argument)

    def _operation(self, name: str, operation: Any, argument: Any) -> None:
        if name in SINGLE or name in PLACES:
            part = PARSER.SubPattern(self.state, [(operation, argument)])
            self._emit("char" if name in SINGLE else "place", COMPILER.compile(part, self.state.flags).match)
        elif name == "SUBPATTERN":
            self._group(argument)
        elif name == "BRANCH":
            self._branch(argument[1])
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            self._repeat(*argument, greedy=name == "MAX_REPEAT")
        else:
            raise NotFollowed("Expected a pattern that does not refer back to its groups, but it does.")

    def _group(self, argument: Any) -> None:
        number, added, removed, inner = argument
        if added or removed:
            raise NotFollowed("Expected a pattern without flags inside, but it has some.")
        if number is not None:  # pragma: no branch - Python reads a group that keeps nothing as what is in it
            self._emit("save", slot=2 * number)
        self._sequence(inner)
        if number is not None:  # pragma: no branch - as above
            self._emit("save", slot=2 * number + 1)

    def _branch(self, alternatives: Sequence[Any]) -> None:
        leaving: list[int] = []
        for alternative in alternatives[:-1]:
            split = self._emit("split")
            self._sequence(alternative)
            leaving.append(self._emit("jump"))
            self.program[split].to = (split + 1, len(self.program))
        self._sequence(alternatives[-1])
        for jump in leaving:
            self.program[jump].to = (len(self.program),)

    def _repeat(self, least: int, most: Any, inner: Any, *, greedy: bool) -> None:
        for _ in range(least):
            self._sequence(inner)
        if str(most) == "MAXREPEAT":
            split = self._emit("split")
            self._sequence(inner)
            self.program[self._emit("jump")].to = (split,)
            self._prefer(split, greedy=greedy)
            return
        splits: list[int] = []
        for _ in range(most - least):
            splits.append(self._emit("split"))
            self._sequence(inner)
        for split in splits:
            self._prefer(split, greedy=greedy)

    def _prefer(self, split: int, *, greedy: bool) -> None:
        ways = (split + 1, len(self.program))
        self.program[split].to = ways if greedy else ways[::-1]

    # --- following ----------------------------------------------------------------------------------------------------

    def search(self, text: str, spend: Callable[[int], None], start: int = 0) -> Found | None:
        """The first match at or behind ``start``; ``spend`` is told the work, and may raise to stop it."""
        found: Slots | None = None
        here: list[tuple[int, Slots]] = []
        for place in range(start, len(text) + 1):
            if found is None:
                here = self._followed([*here, (0, (place, *self.empty[1:]))], text, place, spend)
            elif not here:
                break
            following: list[tuple[int, Slots]] = []
            for at, slots in here:
                instruction = self.program[at]
                if instruction.kind == "match":
                    found = (slots[0], place, *slots[2:])
                    break
                if instruction.test is not None and place < len(text) and instruction.test(text, place) is not None:
                    following.append((at + 1, slots))
            here = self._followed(following, text, place + 1, spend) if place < len(text) else []
        return None if found is None else Found(text, found, self.groups)

    def find_all(self, text: str, spend: Callable[[int], None]) -> Iterator[Found]:
        """All matches that do not overlap, empty ones too."""
        start = 0
        while start <= len(text) and (found := self.search(text, spend, start)) is not None:
            yield found
            start = found.end() if found.end() > found.start() else found.end() + 1

    def _followed(
        self, ways: list[tuple[int, Slots]], text: str, place: int, spend: Callable[[int], None]
    ) -> list[tuple[int, Slots]]:
        """The ways led on to where they need a character or are done; each place in the pattern once, best first."""
        result: list[tuple[int, Slots]] = []
        seen: set[int] = set()
        waiting = ways[::-1]
        while waiting:
            at, slots = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            instruction = self.program[at]
            if instruction.kind in ("char", "match"):
                result.append((at, slots))
            elif instruction.kind == "save":
                waiting.append((at + 1, (*slots[: instruction.slot], place, *slots[instruction.slot + 1 :])))
            elif instruction.kind == "place":
                if instruction.test is not None and instruction.test(text, place) is not None:
                    waiting.append((at + 1, slots))
            else:
                waiting.extend((to, slots) for to in reversed(instruction.to))
        spend(len(seen))
        return result
