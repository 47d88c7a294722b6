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
from django.middleware.csrf import get_token
from django.template import engines
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django_vite.core.asset_loader import DjangoViteAssetLoader
from markupsafe import Markup

from throughline.web import marks
from throughline.web.records import cards, facts, table
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
        icon=marks.icon, avatar=marks.avatar, draw_cell=marks.cell, url=way, when=_when, component=_component,
        kept=_kept_part, zip=zip, table_body=table.body, board_cards=cards.body,
        facts=facts.body, icons=marks.icon_sheet, static=static, assets=_assets, _=_said,
    )  # fmt: skip
    return made


def draw(name: str, context: dict[str, Any], request: HttpRequest | None) -> SafeString:
    """Draw a hot part; with a request it can hold forms."""
    given = {"_": _sayer(get_language()), **context}
    if request is not None:
        given |= {"request": request, "csrf_input": _Sign(request)}
    return SafeString(_template(name).template.render(given))


class _Sign:
    """The field of forms that says where they come from, made when a form asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __html__(self) -> str:
        return sign(self._request)

    __str__ = __html__


def sign(request: HttpRequest) -> SafeString:
    """Return the field of forms that says where they come from."""
    return SafeString(f'<input type="hidden" name="csrfmiddlewaretoken" value="{token(request)}">')


def token(request: HttpRequest) -> str:
    """
    Return the token of all forms of an answer: ``get_token`` draws another one each time, which answers need not.

    It is drawn anew when the secret it hides is another one, as after signing in.
    """
    kept: tuple[str, str] | None = request.META.get(_DRAWN)
    if kept is None or kept[0] != request.META.get("CSRF_COOKIE"):
        drawn = get_token(request)
        kept = request.META[_DRAWN] = request.META["CSRF_COOKIE"], drawn
    return kept[1]


_DRAWN = "throughline.token"


def draw_kept(name: str, context: dict[str, Any], request: HttpRequest | None) -> SafeString:
    """
    Draw a hot part that is much the same from page to page: what was drawn for equal values is used again.

    Everything in ``context`` must be hashable. The token of forms is put in each time.
    """
    drawn = _kept(name, tuple(context.items()), get_language(), get_script_prefix())
    if request is not None:
        drawn = drawn.replace(TOKEN, sign(request)).replace(BARE_TOKEN, token(request))
    return SafeString(drawn)


TOKEN = Markup("<!-- the token of this form -->")
"""What stands in kept parts where forms have their token."""
BARE_TOKEN = Markup("<!-- the token of this page -->")
"""What stands in kept parts where scripts find the token."""


@lru_cache(maxsize=512)
def _kept(name: str, context: tuple[tuple[str, Any], ...], _language: str | None, _prefix: str) -> str:
    return str(_template(name).render({**dict(context), "csrf_input": TOKEN, "token": BARE_TOKEN}))


@cache
def _template(name: str) -> Any:
    return engines[ENGINE].get_template(name)


def _assets(path: str) -> Markup:
    """Write what brings in a script of the pages with its styles."""
    return Markup(DjangoViteAssetLoader.instance().generate_vite_asset(path))  # noqa: S704 - as its own tag does


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


@jinja2.pass_context
def _kept_part(context: jinja2.runtime.Context, name: str, **named: Any) -> SafeString:
    """Draw a hot part inside of another one as ``draw_kept`` does; it is given only what is named."""
    return draw_kept(name, named, context.get("request"))
