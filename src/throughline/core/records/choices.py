"""
What people keep themselves and every record of a type asks for, such as the stages of pipelines: read once per request.

Theory of operation. Such a table is small, seldom changed, and asked for by every row of a list. Within a request, or
within ``reading_once``, a thread reads it once; between them nothing is kept, so that no process shows what another has
changed. Whoever writes one of these values is checked by the database all the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, overload

from django.core.signals import request_finished, request_started

from throughline.core.records.spec import Choice

T = TypeVar("T")


class _Scope(threading.local):
    depth = 0
    known: dict[int, Any]

    def __init__(self) -> None:
        self.known = {}


_scope = _Scope()


@contextmanager
def reading_once() -> Iterator[None]:
    """Let what is ``Kept`` be read once inside, for an operation over many records."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter(**_signal: object) -> None:
    _scope.depth += 1


def _leave(**_signal: object) -> None:
    _scope.depth = max(0, _scope.depth - 1)
    if not _scope.depth:
        _scope.known.clear()


def begin(**_signal: object) -> None:
    """Begin a request: what an earlier one of this thread has read is gone, even when that one was never finished."""
    end()
    _enter()


def end(**_signal: object) -> None:
    """Forget what this thread has read."""
    _scope.depth = 0
    _scope.known.clear()


request_started.connect(begin, dispatch_uid="records.choices")
request_finished.connect(end, dispatch_uid="records.choices")


def is_reading_once() -> bool:
    """Whether this thread is within a request or ``reading_once``."""
    return bool(_scope.depth)


class Kept(Generic[T]):
    """The value of ``load``, read once per request; ``forget`` after a change."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load

    def get(self) -> T:
        """Return the value."""
        if not _scope.depth:
            return self._load()
        if id(self) not in _scope.known:
            _scope.known[id(self)] = self._load()
        value: T = _scope.known[id(self)]
        return value

    def keep(self, value: T) -> None:
        """Take a value that came along with something else as the one that was read."""
        if _scope.depth:
            _scope.known[id(self)] = value

    def forget(self) -> None:
        """Read it again at the next question."""
        _scope.known.pop(id(self), None)


class StoredChoices(Sequence[Choice]):
    """Choices out of a table; they stand where a declared tuple of choices may stand."""

    def __init__(self, kept: Kept[tuple[Choice, ...]]) -> None:
        self._kept = kept

    @overload
    def __getitem__(self, place: int) -> Choice: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Choice]: ...
    def __getitem__(self, place: int | slice) -> Choice | Sequence[Choice]:
        return self._kept.get()[place]

    def __iter__(self) -> Iterator[Choice]:
        return iter(self._kept.get())

    def __len__(self) -> int:
        return len(self._kept.get())

    def __bool__(self) -> bool:
        return True
