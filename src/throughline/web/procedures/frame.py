"""What the pages of one procedure have in common: its name and line, the ways to look at it, the version looked at."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.procedures.queries import overview as queries
from throughline.core.refusals import NotFound
from throughline.web import moments
from throughline.web.answers import Asked
from throughline.web.parts import Tab, Tone

STATUS_WORDS: dict[str, tuple[Any, Tone]] = {
    "draft": (gettext_lazy("Draft"), "wait"),
    "published": (gettext_lazy("Runs"), "good"),
    "retired": (gettext_lazy("Retired"), ""),
}
PAGES = (
    ("draw", gettext_lazy("Draw"), "pencil"),
    ("outline", gettext_lazy("Steps"), "table-2"),
    ("live", gettext_lazy("Live"), "activity"),
    ("simulations", gettext_lazy("Simulate"), "play"),
    ("mined", gettext_lazy("Mined"), "route"),
    ("effect", gettext_lazy("Effect"), "trending-up"),
    ("charts", gettext_lazy("Charts"), "shapes"),
    ("playbook", gettext_lazy("Playbook"), "book-open"),
    ("discussion", gettext_lazy("Discussion"), "message-square"),
    ("tests", gettext_lazy("Tests"), "list-checks"),
    ("trial", gettext_lazy("Try"), "shield"),
    ("versions", gettext_lazy("Versions"), "git-branch"),
    ("variants", gettext_lazy("Variants"), "split"),
)


def frame(found: queries.Drawn, current: str) -> dict[str, Any]:
    """Return what the head of a procedure's page shows; ``current`` names one of ``PAGES``."""
    urls = {name: reverse(f"web:procedure_{name}", args=[found.key]) for name, _label, _icon in PAGES}
    return {
        "procedure": {
            "key": found.key,
            "name": found.name,
            "line": _line(found),
            "draw_url": urls["draw"],
            "live_url": urls["live"],
            "base_name": found.base_name,
            "base_url": reverse("web:procedure_variants", args=[found.base_key]) if found.base_key else "",
        },
        "tabs": [Tab(str(label), icon, urls[name], current=name == current) for name, label, icon in PAGES],
    }


def _line(found: queries.Drawn) -> str:
    published, draft = found.latest("published"), found.latest("draft")
    parts = [_("Version %(n)d runs") % {"n": published.number}] if published else [_("Not published")]
    if draft:
        when = moments.date_and_time(draft.at)
        parts.append(_("draft of %(who)s, %(when)s") % {"who": draft.by, "when": when})
    return " · ".join(parts)


def chosen_version(request: Asked, found: queries.Drawn) -> queries.VersionRow | None:
    """
    Return the version that the address asks for, if it asks for one.

    Raises:
        NotFound: the procedure has no such version.
    """
    number = request.GET.get("version", "")
    if not number:
        return None
    version = next((version for version in found.versions if str(version.number) == number), None)
    if version is None:
        raise NotFound(_("“%(name)s” has no version %(n)s.") % {"name": found.name, "n": number})
    return version
