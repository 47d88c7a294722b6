"""Addresses of the pages. A verb is a resource: ``POST /work/7/completion/``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, include, path

from throughline.web.forms import views as forms
from throughline.web.notifications import views as notifications
from throughline.web.search import views as search
from throughline.web.work import loose
from throughline.web.work import views as work

app_name = "web"

_pages: list[URLPattern | URLResolver] = [
    path("", work.show_mine, name="my_work"),
    path("work/<int:work_item_id>/", work.show_one, name="work_item"),
    path("work/<int:work_item_id>/completion/", work.complete, name="work_completion"),
    path("work/<int:work_item_id>/claim/", work.claim, name="work_claim"),
    path("loose-ends/", loose.show, name="loose_ends"),
    path("search/", search.show, name="search"),
    path("notifications/", notifications.show, name="notifications"),
    path("notifications/read/", notifications.mark_all_read, name="notifications_read"),
    path("notifications/count/", notifications.count, name="notifications_count"),
    path("notifications/sent/", notifications.show_sent, name="notifications_sent"),
    path("notifications/wanted/", notifications.show_wanted, name="notifications_wanted"),
    path("notifications/ways/", notifications.change_ways, name="notifications_ways"),
    path("notifications/muted/", notifications.change_mute, name="notifications_mute"),
    path("notifications/<int:notification_id>/", notifications.follow, name="notification"),
    path("notifications/<int:notification_id>/read/", notifications.mark_one_read, name="notification_read"),
    path("f/enquiry/", forms.enquiry, name="lead_form"),
    path("lead-form/", forms.show_page, name="lead_form_page"),
    path("", include("throughline.web.charts.urls")),
    path("", include("throughline.web.procedures.urls")),
    path("", include("throughline.web.proving.urls")),
    path("", include("throughline.web.publishing.urls")),
    path("", include("throughline.web.variants.urls")),
    path("", include("throughline.web.trials.urls")),
    path("", include("throughline.web.steps.urls")),
    path("", include("throughline.web.guide.urls")),
    path("", include("throughline.web.library.urls")),
    path("", include("throughline.web.simulation.urls")),
    path("", include("throughline.web.mined.urls")),
    path("", include("throughline.web.customers.urls")),
    path("", include("throughline.web.effect.urls")),
    path("", include("throughline.web.split_tests.urls")),
    path("", include("throughline.web.workload.urls")),
    path("", include("throughline.web.insight.urls")),
    path("", include("throughline.web.dashboards.urls")),
    path("", include("throughline.web.decisions.urls")),
    path("", include("throughline.web.incidents.urls")),
    path("", include("throughline.web.operation.urls")),
    path("", include("throughline.web.people.urls")),
    path("", include("throughline.web.quality.urls")),
    path("", include("throughline.web.keys.urls")),
    path("", include("throughline.web.teamwork.urls")),
    path("", include("throughline.web.activities.urls")),
    path("", include("throughline.web.promises.urls")),
    path("", include("throughline.web.absence.urls")),
    path("", include("throughline.web.sample.urls")),
    path("", include("throughline.web.territories.urls")),
    path("", include("throughline.web.settings.urls")),
    path("", include("throughline.web.setup.urls")),
    path("", include("throughline.web.deals.urls")),
    path("", include("throughline.web.coaching.urls")),
    path("", include("throughline.web.quotes.urls")),
    path("", include("throughline.web.forecast.urls")),
    path("", include("throughline.web.queues.urls")),
    path("", include("throughline.web.records.urls")),
    path("", include("throughline.web.duplicates.urls")),
    path("", include("throughline.web.imports.urls")),
]


def by_first_word(patterns: Iterable[Any]) -> list[URLPattern | URLResolver]:
    """
    Return the same addresses in groups that begin with the same word, so that a request is compared with some seventy
    words and one group instead of with four hundred addresses. Those that begin with a record type come last.
    """
    groups: dict[str, list[URLPattern]] = {}
    for each in _single(patterns):
        word, slash, rest = str(each.pattern).partition("/")
        groups.setdefault(word + slash, []).append(path(rest, each.callback, each.default_args, each.name))
    return [path(word, include(group)) for word, group in sorted(groups.items(), key=lambda item: "<" in item[0])]


def _single(patterns: Iterable[Any]) -> Iterator[URLPattern]:
    """Give each address of lists of addresses, in their order."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _single(each.url_patterns)
        else:
            yield each


urlpatterns = by_first_word(_pages)
