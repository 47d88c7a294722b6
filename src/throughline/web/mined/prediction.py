"""What open cases will do: the examination of what was learned, and the cases, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures import charts
from throughline.flow.mining.log import instant
from throughline.insight.prediction.desk import REMAINING
from throughline.insight.prediction.models import Prediction
from throughline.insight.prediction.operations import LATE, OUTCOME, learn
from throughline.insight.prediction.queries import learned
from throughline.insight.prediction.refreshing import LEAST_OVER
from throughline.web.answers import Asked, done, signed_in
from throughline.web.counts import cases_in_words
from throughline.web.mined.looking import Looked
from throughline.web.mined.views import about, records_shown
from throughline.web.simulation.shown import share, span

SHOWN = 100


@about("prediction")
def show_prediction(request: Asked, looked: Looked) -> HttpResponse:
    """Show what was learned, how well it did on the newest cases, and what it says of the open ones."""
    version_id = looked.source.version_id
    found = learned(version_id=version_id) if version_id is not None else None
    may_learn = access.allows(request.user, access.DESIGN_PROCEDURES) and looked.source.sees_all
    context = looked.context | {
        "is_log": version_id is None,
        "may_learn": may_learn and version_id is not None,
        "least": LEAST_OVER,
        "learn_url": reverse("web:prediction_learning", args=[looked.source.key]) if version_id is not None else "",
        "version": looked.source.version,
        "now": request.at,
    }
    if found is not None and version_id is not None:
        labels = {node.id: node.name or node.id for node in charts.running(version_id).chart.nodes}
        context |= {
            "learned_at": found.learned_at,
            "learned_by": found.learned_by_label,
            "questions": [_question(name, each, labels, looked) for name, each in found.result["questions"].items()],
            "cases": _cases(found, looked, labels, request.at),
        }
    return render(request, "mined/prediction.html", context)


def _title(name: str, labels: Mapping[str, str]) -> str:
    if name == REMAINING:
        return _("How long it still takes")
    if name == LATE:
        return _("Whether a step will be late")
    return _("Whether it ends at “%(end)s”") % {"end": labels.get(name.removeprefix(OUTCOME), name)}


def _question(name: str, each: Mapping[str, Any], labels: Mapping[str, str], looked: Looked) -> dict[str, Any]:
    shown = {"title": _title(name, labels), "shown": each["shown"], "reason": each["reason"], "facts": [], "bands": []}
    validation = each["validation"]
    if validation is None or not looked.source.sees_all:
        return shown
    is_time = name == REMAINING

    def words(value: float) -> str:
        return span(value) if is_time else f"{value:.3f}"

    low, high = validation["gain_interval"]
    return shown | {
        "facts": [
            (_("Learned from"), cases_in_words(validation["teaching_cases"])),
            (_("Examined on newer"), cases_in_words(validation["examining_cases"])),
            (_("Mean error") if is_time else _("Brier score"), words(validation["error"])),
            (_("What the last step alone tells"), words(validation["baseline_error"])),
            (
                _("Better by"),
                _("%(gain)s (%(low)s to %(high)s)")
                % {"gain": share(validation["gain"]), "low": share(low), "high": share(high)},
            ),
        ],
        "bands": [
            {
                "count": f"{band['count']:,}",
                "predicted": span(band["predicted"]) if is_time else share(band["predicted"]),
                "actual": span(band["actual"]) if is_time else share(band["actual"]),
            }
            for band in validation["reliability"]
        ],
    }


def _cases(found: Prediction, looked: Looked, labels: Mapping[str, str], at: datetime) -> list[dict[str, Any]]:
    """The open cases among the filtered ones, those that take longest first."""
    last = {name: int(looked.log.at[end]) for name, end in zip(looked.log.names, looked.log.last, strict=True)}
    predicted = found.result["open"]
    names = [name for name in looked.log.names if predicted.get(name)]
    names.sort(key=lambda name: -predicted[name].get(REMAINING, 0.0))
    records = records_shown(looked, names[:SHOWN])
    return [
        {
            "name": name,
            "url": looked.url("case", None, name),
            "record": records.get(name),
            "remaining": _remaining(predicted[name], last[name], at),
            "others": [
                (_title(question, labels), share(value))
                for question, value in predicted[name].items()
                if question != REMAINING
            ],
        }
        for name in names[:SHOWN]
    ]


def _remaining(predicted: Mapping[str, float], last: int, at: datetime) -> str:
    if REMAINING not in predicted:
        return "–"
    since = (at - instant(last)).total_seconds()
    return span(max(predicted[REMAINING] - since, 0.0))


@require_POST
@signed_in
def learn_now(request: Asked, key: str) -> HttpResponse:
    """Have it learned anew."""
    text = request.POST.get("version", "")
    learn(procedure=key, version=int(text) if text.isdecimal() else None, by=request.by, at=request.at)
    page = reverse("web:procedure_mined_prediction", args=[key])
    return done(
        request, f"{page}?version={text}" if text.isdecimal() else page, _("Learned from the cases that are over.")
    )
