"""
What is sent along with a mail: named by a reference, fetched when the mail goes out.

A chart names what a mail carries (``files`` of ``mail.send``) by references such as ``file:12``. The word before the
colon is a *kind*; the part that has such things registers a source for it (``wiring``), which decides whether the
mail may carry it: a reference alone opens nothing. What is fetched is never kept beside the mail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from throughline.core.actions import ActionRequest
from throughline.core.refusals import Refusal

LARGEST = 10 * 1024 * 1024
"""Bytes of all that one mail carries; mail servers take some 14 MB of it, and many no more than 20."""
MOST = 10
"""So many attachments one mail carries."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One thing that a mail carries."""

    name: str
    media_type: str
    content: bytes


Source = Callable[[ActionRequest, str, str, int], Attachment]
"""
Give what a reference names: the request of the mail, the reference without its kind, the address it goes to, and how
many bytes it may have at most. Raises Refusal when there is none, or this mail may not carry it.
"""

_sources: dict[str, Source] = {}


def register(kind: str, source: Source) -> None:
    """Let a part say what references of a kind name; called at start-up, again changes nothing."""
    _sources[kind] = source


def attachments_of(request: ActionRequest, references: Sequence[str], *, to: str) -> list[Attachment]:
    """
    Return what a mail to ``to`` carries.

    Raises:
        Refusal: there are too many, they are too large together, or one is not there or not for this mail.
    """
    if len(references) > MOST:
        raise Refusal("too_many_files", f"Expected at most {MOST} attachments, but the step names {len(references)}.")
    found: list[Attachment] = []
    for reference in references:
        kind, _, rest = reference.partition(":")
        source = _sources.get(kind)
        if source is None:
            known = ", ".join(sorted(_sources))
            raise Refusal("no_such_file", f"Expected an attachment of a known kind ({known}), but “{reference}”.")
        found.append(source(request, rest, to, LARGEST - sum(len(each.content) for each in found)))
    return found


def too_large(name: str) -> Refusal:
    """Return what is said of an attachment that makes a mail too large."""
    return Refusal(
        "file_too_large", f"Expected at most {LARGEST // 1024**2} MB in one mail, but {name} is more. Send its link."
    )
