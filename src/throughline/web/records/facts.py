"""The facts of a record's page: up to a hundred names with their values, put together as the rows of lists are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _
from markupsafe import Markup

from throughline.web import marks
from throughline.web.marks import escaped, icon
from throughline.web.parts import Cell


class _Page(NamedTuple):
    """What the facts of a page share: its addresses and its words, escaped, and its instant."""

    url: str
    edit_url: str
    change: str
    now: datetime


def body(cells: Iterable[Cell], *, url: str, edit_url: str, now: datetime) -> Markup:
    """Put facts together. ``url`` is the record's page, ``edit_url`` the form in which all of them are changed."""
    page = _Page(escaped(url), escaped(edit_url), str(escaped(_("Change %(label)s"))), now)
    return Markup("".join([_fact(each, page) for each in cells]))  # noqa: S704 - its parts are escaped


def _fact(shown: Cell, page: _Page) -> str:
    value: str = marks.cell(shown, now=page.now) if shown.is_filled else '<span class="quiet">–</span>'
    name, label = escaped(shown.name), escaped(shown.label)
    if shown.editable:
        value = (
            f'<span class="fact-row">{value}<a class="fact-edit" href="{page.edit_url}#f-{name}"'
            f' hx-get="{page.url}fields/{name}/" hx-target="#fact-{name}" hx-swap="outerHTML"'
            f' aria-label="{page.change % {"label": label}}">{icon("pencil")}</a></span>'
        )
    return f'<div id="fact-{name}"><dt>{label}</dt><dd>{value}</dd></div>\n'
