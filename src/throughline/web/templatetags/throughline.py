"""Template tags of the pages: icons, avatars, looks, the frame, due moments in words, and the hot parts."""

from __future__ import annotations

from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi

from throughline.web import hot, marks, moments, shell
from throughline.web.parts import Cell

register = template.Library()
register.simple_tag(marks.icon_sheet)
register.simple_tag(marks.icon, name="icon")
register.simple_tag(marks.avatar, name="avatar")

_LOOKS = {"theme": ("light", "dark", "system"), "density": ("roomy", "compact"), "shortcuts": ("on", "off")}


@register.simple_tag(takes_context=True)
def looks(context: template.Context) -> SafeString:
    """Write the reader's chosen looks (cookies of the browser) as attributes of the page's root."""
    request = context.get("request")
    cookies = request.COOKIES if isinstance(request, HttpRequest) else {}
    chosen = (cookies.get(f"tl_{name}", "") for name in _LOOKS)
    return _looks(*(value if value in known else "" for value, known in zip(chosen, _LOOKS.values(), strict=True)))


@lru_cache(maxsize=64)
def _looks(theme: str, density: str, shortcuts: str) -> SafeString:
    return format_html(
        'class="{}" data-theme="{}" data-density="{}" data-shortcuts="{}"',
        "dark" if theme == "dark" else "",
        theme,
        density,
        shortcuts,
    )


@register.simple_tag(takes_context=True)
def frame_opening(context: template.Context) -> SafeString:
    """Draw the beginning of the head of a page."""
    given = {"language": get_language(), "bidi": get_language_bidi(), "looks": looks(context)}
    return hot.draw_kept("components/_opening.html", given, None)


@register.simple_tag(takes_context=True)
def frame_beginning(context: template.Context) -> SafeString:
    """Draw what stands before the page: the side bar, the phone's bar and the user's menu for who is signed in."""
    request = context["request"]
    return hot.draw_kept("components/_beginning.html", shell.navigation(request), request)


@register.simple_tag(takes_context=True)
def frame_ending(context: template.Context) -> SafeString:
    """Draw what stands after the page: notes, the palette, help with the keys."""
    said = context.get("messages") or ()
    notes = _notes(said, context.get("request")) if len(said) else _no_notes()
    return notes + hot.draw_kept("components/_ending.html", {}, None)


@cache
def _no_notes() -> SafeString:
    return _notes((), None)


def _notes(said: Any, request: HttpRequest | None) -> SafeString:
    return render_to_string("components/_toasts.html", {"messages": said}, request, using="django")


@register.simple_tag
def still(name: str) -> SafeString:
    """Draw a hot part that is the same on every page."""
    return hot.draw_kept(name, {}, None)


@register.simple_tag(takes_context=True, name="hot")
def hot_part(context: template.Context, name: str, **named: Any) -> SafeString:
    """Draw a hot part of the page (``templates/hot``) with what this template knows, and what is named."""
    known: dict[str, Any] = context.flatten()  # type: ignore[assignment]
    return hot.draw(name, {**known, **named}, context.get("request"))


@register.simple_tag(takes_context=True)
def when(context: template.Context, moment: datetime | None, *, relative: bool = True) -> SafeString:
    """Write an instant as words with the exact date and time in the title, e.g. "in 3 hours"."""
    return SafeString(marks.instant(moment, now=context.get("now") or moments.now(), relative=relative))


@register.simple_tag
def dress(field: BoundField) -> SafeString:
    """Draw the widget of a Django form's field with our looks and its error tied to it."""
    attrs: dict[str, str | bool] = {"class": "" if field.widget_type == "checkbox" else "control"}
    if field.errors:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{field.auto_id}_error"}
    return field.as_widget(attrs=attrs)


@register.simple_tag(takes_context=True)
def cell(context: template.Context, shown: Cell) -> SafeString:
    """Draw a value of a list or page."""
    return SafeString(marks.cell(shown, now=context.get("now") or moments.now()))
