"""
Acting for somebody who only tries a draft: whatever would change something real stops before it does.

Theory of operation. A case of a trial carries ``sandbox``, what it makes carries it too, and lists, figures and
programs leave that out. A step can still reach what is real: by naming a record in its inputs, or because a test record
is linked with a real one. So the driver performs the actions of such cases inside of ``on_test_records``, each in a
savepoint, and the doors that every change passes (the record an action is about, the write of records, the journal) ask
``require_test``. It raises ``TouchesReal``, which is no refusal: performers let it pass, the savepoint is rolled back,
and the driver shows the action as caught, like one that would have left the house.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from throughline.core.recordref import RecordRef

_trying: ContextVar[bool] = ContextVar("trying", default=False)


class TouchesReal(Exception):
    """What is done for a trial would change something that is no test record: ``about``."""

    def __init__(self, about: RecordRef) -> None:
        super().__init__(f"Expected a trial to change test records only, but it would change {about}.")
        self.about = about


@contextmanager
def on_test_records() -> Iterator[None]:
    """Let nothing but test records change until the block ends."""
    token = _trying.set(True)
    try:
        yield
    finally:
        _trying.reset(token)


def require_test(about: RecordRef, *, sandbox: bool) -> None:
    """
    Refuse a change of ``about`` that is not marked as a test's, while somebody tries.

    Raises:
        TouchesReal: somebody tries, and it is real. What was done since the last savepoint must be undone.
    """
    if not sandbox and _trying.get():
        raise TouchesReal(about)
