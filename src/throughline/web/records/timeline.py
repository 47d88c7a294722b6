"""The timeline of a record: business facts and steps of procedures, in words, newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.journal.read import Place, TimelineEntry
from throughline.core.procedures.queries import CaseHappening, happenings
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.queries import record_timeline
from throughline.crm.activities import queries as activities
from throughline.crm.people.models import Channel, Purpose
from throughline.web.answers import Asked
from throughline.web.parts import TimelineItem, Tone

LENGTH = 40

ICONS: dict[str, tuple[str, Tone]] = {
    "record.created": ("plus", "good"),
    "record.updated": ("pencil", ""),
    "record.tagged": ("tag", ""),
    "record.assigned": ("user-check", "news"),
    "record.deleted": ("trash-2", "late"),
    "record.restored": ("rotate-ccw", "good"),
    "lead.captured": ("sparkles", "good"),
    "lead.scored": ("target", ""),
    "lead.contacted": ("phone", "good"),
    "lead.first_contact_missed": ("triangle-alert", "late"),
    "lead.response_due": ("calendar-clock", "wait"),
    "lead.qualified": ("badge-check", "good"),
    "lead.disqualified": ("circle-x", "late"),
    "lead.nurtured": ("hourglass", "wait"),
    "lead.closed": ("flag", ""),
    "lead.reopened": ("rotate-ccw", "wait"),
    "consent.granted": ("shield", "good"),
    "consent.denied": ("circle-x", "late"),
    "consent.withdrawn": ("circle-x", "late"),
    "work.completed": ("check", "good"),
    "work.assigned": ("hand", "news"),
    "case.finished": ("circle-check", "good"),
    "case.cancelled": ("circle-stop", "late"),
    "step.skipped": ("skip-forward", "wait"),
    "step.moved": ("move", "wait"),
    "incident.retried": ("refresh-cw", "wait"),
    "message.received": ("mail", "news"),
}
KIND_ICONS = {"Call": "phone", "Email": "mail", "Meeting": "video", "Note": "notebook-pen", "Task": "clipboard-list"}
HAPPENED: dict[str, tuple[str, Tone, Any]] = {
    "case started": ("circle-play", "news", gettext_lazy("“%(procedure)s” began")),
    "completed": ("check", "", gettext_lazy("%(label)s")),
    "cancelled": ("circle-stop", "late", gettext_lazy("%(label)s was withdrawn")),
    "skipped": ("skip-forward", "wait", gettext_lazy("%(label)s was left out")),
    "moved": ("move", "wait", gettext_lazy("Moved to %(label)s")),
    "decision made": ("table", "", gettext_lazy("Decided: %(label)s")),
    "implausible": ("circle-alert", "wait", gettext_lazy("%(label)s: the message is not plausible")),
    "incident raised": ("triangle-alert", "late", gettext_lazy("%(label)s could not go on")),
    "incident closed": ("circle-check", "good", gettext_lazy("%(label)s goes on")),
}
PURPOSES, CHANNELS = dict(Purpose.choices), dict(Channel.choices)
TOLD_BY_JOURNAL = ("case finished", "cancelled", "moved", "skipped")
"""Engine events that have a business fact of their own, so that nothing is told twice."""


@dataclass(frozen=True, slots=True)
class Told:
    """A stretch of a timeline, and the instant before which the next, older one begins (None at the end)."""

    items: list[TimelineItem]
    older_than: datetime | None


def tell(spec: RecordSpec, record: Any, request: Asked, *, before: datetime | None, kind: str) -> Told:
    """
    Return a stretch of the timeline of a record that the person may see; ``kind`` is ``contact``, ``procedure`` or
    empty for everything.
    """
    record_id = record.pk
    facts = _facts(spec, record, request, before) if kind != "procedure" else []
    steps = _steps(spec, record_id, before) if kind != "contact" else []
    if kind == "contact":
        facts = [entry for entry in facts if entry.event.startswith("activity.")]
    texts = _texts(spec, record_id, request, facts)
    told = [*(_fact(entry, texts) for entry in facts), *map(_step, steps)]
    items = sorted(told, key=lambda item: item.at, reverse=True)
    if len(items) <= LENGTH:
        return Told(items, None)
    edge = items[LENGTH - 1].at
    return Told([item for item in items if item.at >= edge], edge)


def _facts(spec: RecordSpec, record: Any, request: Asked, before: datetime | None) -> list[TimelineEntry]:
    place = Place(before, 0) if before is not None else None
    return record_timeline(
        spec=spec, user=request.user, record_id=record.pk, before=place, limit=LENGTH + 1, seen=record
    )


def _steps(spec: RecordSpec, record_id: int, before: datetime | None) -> list[CaseHappening]:
    place = (before, 0, 0) if before is not None else None
    found = happenings(record=RecordRef(spec.type, record_id), before=place, limit=LENGTH + 1)
    return [each for each in found if each.kind not in TOLD_BY_JOURNAL and not _is_human_step(each)]


def _is_human_step(each: CaseHappening) -> bool:
    """A step done by a person is told by the journal, with its outcome."""
    return each.kind == "completed" and each.actor_kind == "user"


def _step(each: CaseHappening) -> TimelineItem:
    icon, tone, words = HAPPENED[each.kind]
    title = words % {"label": each.label, "procedure": each.procedure_name}
    return TimelineItem(icon, title, each.procedure_name, each.at, tone)


def _texts(spec: RecordSpec, record_id: int, request: Asked, facts: Sequence[TimelineEntry]) -> dict[int, str]:
    """Return the texts of notes and calls by key of the activity; no query when there are none."""
    if not any(entry.event == "activity.logged" for entry in facts):
        return {}
    found = activities.about(ref=RecordRef(spec.type, record_id), user=request.user, limit=3 * LENGTH)
    return {activity.pk: activity.body for activity in found}


def _fact(entry: TimelineEntry, texts: Mapping[int, str]) -> TimelineItem:
    icon, tone = ICONS.get(entry.event, ("circle-dot", ""))
    if entry.event.startswith("activity."):
        icon = KIND_ICONS.get(str(entry.data.get("kind", "")), "calendar")
    describe = WORDS.get(entry.event)
    title, body = describe(entry) if describe else (entry.title, _reason(entry.data))
    text = texts.get(entry.data.get("activity", 0), "")
    body = text if text and text != entry.data.get("subject") else body
    return TimelineItem(icon, title, entry.by.label, entry.at, tone, body=body)


# -- Words of single facts ---------------------------------------------------------------------------------------------

Described = tuple[str, str]


def _reason(data: Mapping[str, Any]) -> str:
    return str(data.get("reason") or "")


def _updated(entry: TimelineEntry) -> Described:
    spec = registry.find(entry.about.type)
    changes = {**entry.data.get("changes", {}), **entry.data.get("personal_changes", {})}
    labels = {name: spec.by_name[name].label if spec and name in spec.by_name else name for name in changes}
    lines = [
        _("%(field)s: %(old)s → %(new)s") % {"field": labels[name], "old": _shown(pair[0]), "new": _shown(pair[1])}
        for name, pair in changes.items()
    ]
    if len(lines) == 1:
        return lines[0], ""
    return _("Changed %(fields)s") % {"fields": ", ".join(str(label) for label in labels.values())}, "\n".join(lines)


def _shown(value: Any) -> str:
    if value in (None, "", []):
        return "–"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _tagged(entry: TimelineEntry) -> Described:
    added, removed = entry.data.get("added", []), entry.data.get("removed", [])
    parts = [_("Tagged %(tags)s") % {"tags": ", ".join(added)}] if added else []
    parts += [_("Tag %(tags)s taken off") % {"tags": ", ".join(removed)}] if removed else []
    return "; ".join(parts), ""


def _assigned(entry: TimelineEntry) -> Described:
    whom = entry.data.get("owner_name") or entry.data.get("team_name") or _("nobody")
    return _("Assigned to %(whom)s") % {"whom": whom}, _reason(entry.data)


def _captured(entry: TimelineEntry) -> Described:
    where = entry.data.get("source") or entry.data.get("origin")
    return (_("Lead captured: %(where)s") % {"where": where} if where else _("Lead captured")), ""


def _scored(entry: TimelineEntry) -> Described:
    return _("Score %(score)s") % {"score": entry.data.get("score")}, "\n".join(entry.data.get("reasons", []))


def _closed(entry: TimelineEntry) -> Described:
    return _("Closed: %(outcome)s") % {"outcome": entry.data.get("outcome")}, _reason(entry.data)


def _consent(words: Any) -> Callable[[TimelineEntry], Described]:
    def told(entry: TimelineEntry) -> Described:
        purpose, channel = entry.data.get("purpose", ""), entry.data.get("channel", "")
        labels = {"purpose": PURPOSES.get(purpose, purpose), "channel": CHANNELS.get(channel, channel)}
        return words % labels, ""

    return told


def _activity(entry: TimelineEntry) -> Described:
    kind, subject = entry.data.get("kind", ""), entry.data.get("subject", "")
    outcome = entry.data.get("outcome")
    title = f"{kind}: {subject}" if subject else str(kind)
    return (f"{title} ({outcome})" if outcome else title), ""


def _planned(entry: TimelineEntry) -> Described:
    title, _body = _activity(entry)
    return _("Planned: %(what)s") % {"what": title}, ""


def _work_done(entry: TimelineEntry) -> Described:
    outcome = entry.data.get("outcome")
    title = entry.data.get("title", "")
    return (_("%(step)s: %(outcome)s") % {"step": title, "outcome": outcome} if outcome else str(title)), ""


def _work_given(entry: TimelineEntry) -> Described:
    step = entry.data.get("title", "")
    if entry.data.get("now") is None:
        return _("%(step)s went back to its queue") % {"step": step}, ""
    return _("%(step)s has changed hands") % {"step": step}, ""


def _case_finished(entry: TimelineEntry) -> Described:
    names = {"procedure": entry.by.label, "outcome": entry.data.get("outcome", "")}
    if not names["outcome"]:
        return _("“%(procedure)s” ended") % names, ""
    return _("“%(procedure)s” ended: %(outcome)s") % names, ""


WORDS: dict[str, Callable[[TimelineEntry], Described]] = {
    "record.updated": _updated,
    "record.tagged": _tagged,
    "record.assigned": _assigned,
    "lead.captured": _captured,
    "lead.scored": _scored,
    "lead.closed": _closed,
    "consent.granted": _consent(gettext_lazy("Consent given: %(purpose)s, %(channel)s")),
    "consent.denied": _consent(gettext_lazy("Consent refused: %(purpose)s, %(channel)s")),
    "consent.withdrawn": _consent(gettext_lazy("Consent withdrawn: %(purpose)s, %(channel)s")),
    "activity.logged": _activity,
    "activity.planned": _planned,
    "case.finished": _case_finished,
    "work.completed": _work_done,
    "work.assigned": _work_given,
}
