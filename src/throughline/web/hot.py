"""
The hot parts of pages: what is drawn hundreds of times on one page, or on every page.

Pages are Django templates. Their hot parts (tables, cards, the timeline, the navigation) are Jinja2 templates in
``templates/hot``, which Jinja2 compiles to Python: drawing costs about a tenth (docs/adr/0014). Everything is escaped
unless it was made as markup, and a name that nobody gave is an error. A page brings one in with ``{% hot "…" %}``;
a view draws one alone with ``render`` as any other template; a hot part brings in a Django one with ``component``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import jinja2
from django.http import HttpRequest
from django.template import engines
from django.template.backends.utils import csrf_input
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from markupsafe import Markup

from throughline.web import marks
from throughline.web.records import table
from throughline.web.ways import way

ENGINE = "hot"
"""The name of the engine in the settings."""


def environment(**options: Any) -> jinja2.Environment:
    """Return the one environment; Django's backend gives where the templates lie and that they are escaped."""
    given = {key: value for key, value in options.items() if key not in ("autoescape", "undefined")}
    made = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        **given,
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(
        icon=marks.icon, avatar=marks.avatar, draw_cell=marks.cell, url=way, when=_when, component=_component, zip=zip,
        table_body=table.body, _=_said,
    )  # fmt: skip
    return made


def draw(name: str, context: dict[str, Any], request: HttpRequest | None) -> SafeString:
    """Draw a hot part; with a request it can hold forms."""
    given = {"_": _sayer(get_language()), **context}
    if request is not None:
        given |= {"request": request, "csrf_input": _Sign(request)}
    return SafeString(_template(name).template.render(given))


class _Sign:
    """The field of forms that says where they come from, made when a form asks for it, and once for all of a part."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._drawn = ""

    def __html__(self) -> str:
        self._drawn = self._drawn or csrf_input(self._request)
        return self._drawn

    __str__ = __html__


def draw_kept(name: str, context: dict[str, Any], request: HttpRequest | None) -> SafeString:
    """
    Draw a hot part that is much the same from page to page: what was drawn for equal values is used again.

    Everything in ``context`` must be hashable. The token of forms is put in each time.
    """
    drawn = _kept(name, tuple(context.items()), get_language(), get_script_prefix())
    return SafeString(drawn.replace(TOKEN, csrf_input(request)) if request is not None else drawn)


TOKEN = Markup("<!-- the token of this form -->")
"""What stands in kept parts where forms have their token."""


@lru_cache(maxsize=512)
def _kept(name: str, context: tuple[tuple[str, Any], ...], _language: str | None, _prefix: str) -> str:
    return str(_template(name).render({**dict(context), "csrf_input": TOKEN}))


@cache
def _template(name: str) -> Any:
    return engines[ENGINE].get_template(name)


def _said(text: str, **values: Any) -> Markup:
    """Say a text of a template in the reader's language, as ``gettext`` does there; each is looked up once."""
    return _sayer(get_language())(text, **values)


@cache
def _sayer(language: str | None) -> Callable[..., Markup]:
    """Return what says texts while a language is the reader's: asking which it is costs more than saying one."""

    def said(text: str, **values: Any) -> Markup:
        return _translated(text, language) % values if values else _still(text, language)

    return said


@lru_cache(maxsize=4096)
def _translated(text: str, _language: str | None) -> Markup:
    return Markup(gettext(text))  # noqa: S704 - texts of our own templates, and their translations


@lru_cache(maxsize=4096)
def _still(text: str, language: str | None) -> Markup:
    """Return a text without values; a doubled percent sign in it becomes one, as everywhere."""
    return _translated(text, language) % {}


@jinja2.pass_context
def _when(context: jinja2.runtime.Context, moment: datetime | None, *, relative: bool = True) -> Markup:
    """Write an instant in words; ``now`` is the page's."""
    return marks.instant(moment, now=context["now"], relative=relative)


@jinja2.pass_context
def _component(context: jinja2.runtime.Context, name: str, **named: Any) -> SafeString:
    """Draw a Django template inside of a hot part; it is given only what is named, as with ``only``."""
    return render_to_string(name, named, context.get("request"), using="django")
