"""Small drawings of the pages: icons, avatars, instants, and the values of cells. Made here and not by templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from zlib import crc32

from django.template.defaultfilters import linebreaksbr
from django_vite.core.asset_loader import DjangoViteAssetLoader
from markupsafe import Markup, escape

from throughline.web import moments
from throughline.web.parts import Cell

_HUES = 4
NOTHING = Markup()
_SPECIAL = re.compile(r"[&<>'\"]").search


def escaped(text: str) -> str:
    """Return a text as it may stand in a page: as ``escape``, but without an object around what needs no escaping."""
    return escape(text) if _SPECIAL(text) else text


def icon_sheet() -> str:
    """Return the address of the icon sprite."""
    return str(DjangoViteAssetLoader.instance().generate_vite_asset_url("icons.svg"))


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """Draw the icon called ``name``, listed in frontend/src/icons.txt; it says nothing to a screen reader."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(icon_sheet(), name)


@lru_cache(maxsize=1024)
def avatar(name: str, size: str = "") -> Markup:
    """Draw the initials of ``name`` in a colour that stays the same for the name; a dashed ring for nobody."""
    drawn = Markup('<span class="avatar-mark" data-hue="{}" data-size="{}" aria-hidden="true">{}</span>')
    if not name:
        return drawn.format("none", size, "–")
    return drawn.format(crc32(name.encode()) % _HUES, size, initials(name))


def initials(name: str) -> str:
    """Return at most two letters for a person's name: the first of the first word and of the last."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def instant(moment: datetime | None, *, now: datetime, relative: bool = True) -> Markup:
    """Write an instant as words with the exact date and time in the title, e.g. "in 3 hours"; nothing for None."""
    return NOTHING if moment is None else _instant(moment, *moments.told(now)(moment), relative=relative)


def instants(now: datetime) -> Callable[[datetime | None], Markup]:
    """Return what writes many instants of one page as ``instant`` does."""
    told = moments.told(now)
    return lambda moment: NOTHING if moment is None else _instant(moment, *told(moment), relative=True)


def _instant(moment: datetime, told: str, near: str, *, relative: bool) -> Markup:
    exact = escaped(told)
    words, mark = (escaped(near), " data-relative") if relative else (exact, "")
    return Markup(f'<time datetime="{moment.isoformat()}" title="{exact}"{mark}>{words}</time>')  # noqa: S704 - escaped


# -- Values ------------------------------------------------------------------------------------------------------------


def cell(shown: Cell, *, now: datetime) -> Markup:
    """Draw a value of a page; nothing for an empty one."""
    if shown.kind == "moment":
        return instant(shown.moment, now=now)
    if shown.kind == "tags":
        return tags(shown.tags)
    if not shown.text:
        return NOTHING
    drawn = _CELLS.get(shown.kind)
    return drawn(shown) if drawn else escape(shown.text)


@lru_cache(maxsize=1024)
def person(name: str) -> Markup:
    """Draw a person's name beside the initials."""
    return Markup(f'<span class="cell-person">{avatar(name)}<span>{escaped(name)}</span></span>')  # noqa: S704 - escaped


def pill(text: str, tone: str = "") -> Markup:
    """Draw a choice."""
    return Markup(f'<span class="pill" data-tone="{escaped(tone)}">{escaped(text)}</span>')  # noqa: S704 - escaped


def tags(shown: tuple[str, ...] | list[str]) -> Markup:
    """Draw tags side by side."""
    return Markup(" ").join(Markup('<span class="pill pill--tag">{}</span>').format(tag) for tag in shown)


@lru_cache(maxsize=4096)
def number(text: str) -> Markup:
    """Draw a figure that is already in words."""
    return Markup('<span class="numeric">{}</span>').format(text)


def link(text: str, url: str) -> Markup:
    """Draw a way to another page."""
    return Markup(f'<a class="link" href="{escaped(url)}">{escaped(text)}</a>')  # noqa: S704 - escaped


def _outside(shown: Cell) -> Markup:
    drawn = Markup('<a class="link" href="{}" rel="noopener nofollow" target="_blank">{}</a>')
    return drawn.format(shown.url, shown.text)


def _long(shown: Cell) -> Markup:
    return Markup(linebreaksbr(shown.text, autoescape=True))  # noqa: S704 - escaped by the filter


_CELLS: dict[str, Callable[[Cell], Markup]] = {
    "person": lambda shown: person(shown.text),
    "pill": lambda shown: pill(shown.text, shown.tone),
    "link": lambda shown: link(shown.text, shown.url),
    "url": _outside,
    "email": lambda shown: link(shown.text, f"mailto:{shown.text}"),
    "phone": lambda shown: link(shown.text, f"tel:{shown.text}"),
    "number": lambda shown: number(shown.text),
    "long": _long,
}
