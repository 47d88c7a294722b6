"""Template tags of the pages: icons, avatars, looks, the navigation, due moments in words."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zlib import crc32

from django import template
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django_vite.core.asset_loader import DjangoViteAssetLoader

from throughline.web import moments, shell
from throughline.web.parts import Cell

register = template.Library()

_HUES = 4
_LOOKS = {"theme": ("light", "dark", "system"), "density": ("roomy", "compact"), "shortcuts": ("on", "off")}


@register.simple_tag
def icon_sheet() -> str:
    """Return the address of the icon sprite."""
    return str(DjangoViteAssetLoader.instance().generate_vite_asset_url("icons.svg"))


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """Draw the icon called ``name``, listed in frontend/src/icons.txt; it says nothing to a screen reader."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', icon_sheet(), name)


@register.simple_tag
@lru_cache(maxsize=1024)
def avatar(name: str, size: str = "") -> SafeString:
    """Draw the initials of ``name`` in a colour that stays the same for the name; a dashed ring for nobody."""
    if not name:
        return format_html('<span class="avatar-mark" data-hue="none" data-size="{}" aria-hidden="true">–</span>', size)
    hue = crc32(name.encode()) % _HUES
    return format_html(
        '<span class="avatar-mark" data-hue="{}" data-size="{}" aria-hidden="true">{}</span>', hue, size, initials(name)
    )


@register.filter
def initials(name: str) -> str:
    """Return at most two letters for a person's name: the first of the first word and of the last."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.simple_tag(takes_context=True)
def looks(context: template.Context) -> SafeString:
    """Write the reader's chosen looks (cookies of the browser) as attributes of the page's root."""
    request = context.get("request")
    cookies = request.COOKIES if isinstance(request, HttpRequest) else {}
    chosen = {name: cookies.get(f"tl_{name}", "") for name in _LOOKS}
    chosen = {name: value if value in _LOOKS[name] else "" for name, value in chosen.items()}
    return format_html(
        'class="{}" data-theme="{}" data-density="{}" data-shortcuts="{}"',
        "dark" if chosen["theme"] == "dark" else "",
        chosen["theme"],
        chosen["density"],
        chosen["shortcuts"],
    )


@register.inclusion_tag("components/_navigation.html", takes_context=True)
def shell_navigation(context: template.Context) -> dict[str, object]:
    """Draw the side bar, the phone's bar and the user's menu for who is signed in."""
    return shell.navigation(context["request"]) | {"csrf_token": context.get("csrf_token", "")}


@register.simple_tag(takes_context=True)
def when(context: template.Context, moment: datetime | None, *, relative: bool = True) -> SafeString:
    """Write an instant as words with the exact date and time in the title, e.g. "in 3 hours"."""
    return _moment(moment, context.get("now") or moments.now(), relative=relative)


def _moment(moment: datetime | None, now: datetime, *, relative: bool = True) -> SafeString:
    if moment is None:
        return SafeString("")
    words = moments.in_words(moment, now=now) if relative else moments.date_and_time(moment)
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        moment.isoformat(),
        moments.date_and_time(moment),
        SafeString(" data-relative") if relative else "",
        words,
    )


@register.simple_tag
def dress(field: BoundField) -> SafeString:
    """Draw the widget of a Django form's field with our looks and its error tied to it."""
    attrs: dict[str, str | bool] = {"class": "" if field.widget_type == "checkbox" else "control"}
    if field.errors:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{field.auto_id}_error"}
    return field.as_widget(attrs=attrs)


# -- Cells -------------------------------------------------------------------------------------------------------------
# Drawn here and not by a template: a list has hundreds, and an include costs ten times as much.


@register.simple_tag(takes_context=True)
def cell(context: template.Context, shown: Cell) -> SafeString:
    """Draw a value of a list or page."""
    if shown.kind == "moment":
        return _moment(shown.moment, context.get("now") or moments.now())
    if shown.kind == "tags":
        return format_html_join(" ", '<span class="pill pill--tag">{}</span>', ((tag,) for tag in shown.tags))
    if not shown.text:
        return SafeString("")
    drawn = _CELLS.get(shown.kind)
    return drawn(shown) if drawn else SafeString(conditional_escape(shown.text))


def _person(shown: Cell) -> SafeString:
    return format_html('<span class="cell-person">{}<span>{}</span></span>', avatar(shown.text), shown.text)


def _pill(shown: Cell) -> SafeString:
    return format_html('<span class="pill" data-tone="{}">{}</span>', shown.tone, shown.text)


def _link(shown: Cell) -> SafeString:
    return format_html('<a class="link" href="{}">{}</a>', shown.url, shown.text)


def _outside(shown: Cell) -> SafeString:
    return format_html(
        '<a class="link" href="{}" rel="noopener nofollow" target="_blank">{}</a>', shown.url, shown.text
    )


def _email(shown: Cell) -> SafeString:
    return format_html('<a class="link" href="mailto:{}">{}</a>', shown.text, shown.text)


def _phone(shown: Cell) -> SafeString:
    return format_html('<a class="link" href="tel:{}">{}</a>', shown.text, shown.text)


def _number(shown: Cell) -> SafeString:
    return format_html('<span class="numeric">{}</span>', shown.text)


def _long(shown: Cell) -> SafeString:
    return SafeString(linebreaksbr(shown.text, autoescape=True))


_CELLS = {
    "person": _person,
    "pill": _pill,
    "link": _link,
    "url": _outside,
    "email": _email,
    "phone": _phone,
    "number": _number,
    "long": _long,
}
