"""The timeline of a record: business facts and steps of procedures, in words, newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.journal import kinds
from throughline.core.journal.read import Place, TimelineEntry
from throughline.core.procedures.queries import CaseHappening, happenings
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.merging.queries import Former
from throughline.core.records.queries import record_timeline, told_of
from throughline.core.refusals import Refusal
from throughline.crm.activities import queries as activities
from throughline.crm.people.models import Channel, Purpose
from throughline.crm.people.rules import affiliation_text
from throughline.web.answers import Asked
from throughline.web.parts import TimelineItem, Tone
from throughline.web.records.changes import CHANGED, Changes
from throughline.web.records.present import slug
from throughline.web.teamwork.said import told_comments

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
    "contact.affiliated": ("building-2", "good"),
    "contact.left": ("building-2", "wait"),
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
    "comment.edited": ("pencil", ""),
    "comment.deleted": ("trash-2", "late"),
    "comment.restored": ("rotate-ccw", "good"),
    "file.stored": ("paperclip", "good"),
    "file.binned": ("trash-2", "late"),
    "file.restored": ("rotate-ccw", "good"),
    "promise.made": ("handshake", "news"),
    "promise.kept": ("badge-check", "good"),
    "promise.broken": ("triangle-alert", "late"),
    "promise.withdrawn": ("circle-x", "wait"),
    "promise.reopened": ("rotate-ccw", "wait"),
    "mail.sent": ("mail", "news"),
}
KIND_ICONS = {"Call": "phone", "Email": "mail", "Meeting": "video", "Note": "notebook-pen", "Task": "clipboard-list"}
HAPPENED: dict[str, tuple[str, Tone, Any]] = {
    "case started": ("circle-play", "news", gettext_lazy("“%(procedure)s” began")),
    "completed": ("check", "", gettext_lazy("%(label)s")),
    "cancelled": ("circle-stop", "late", gettext_lazy("%(label)s was withdrawn")),
    "skipped": ("skip-forward", "wait", gettext_lazy("%(label)s was left out")),
    "unexpected": ("eye", "wait", gettext_lazy("%(label)s was not expected then")),
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
class Cursor:
    """How far a timeline has been told: the last fact and the last step, None for none yet."""

    fact: Place | None = None
    step: tuple[datetime, int, int] | None = None

    @classmethod
    def read(cls, text: str) -> Cursor:
        """
        Return the place that an address names.

        Raises:
            Refusal: it names none.
        """
        parts = text.split("~")
        try:
            fact = Place(_instant(parts[0]), int(parts[1])) if parts[0] else None
            step = (_instant(parts[2]), int(parts[3]), int(parts[4])) if parts[2] else None
        except (IndexError, ValueError) as lost:
            raise Refusal("no_place", _("This stretch of the timeline is gone. Begin at the top again.")) from lost
        return cls(fact, step)

    def __str__(self) -> str:
        fact = (self.fact.at.isoformat(), self.fact.id) if self.fact else ("", 0)
        step = (self.step[0].isoformat(), *self.step[1:]) if self.step else ("", 0, 0)
        return "~".join(map(str, (*fact, *step)))


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


@dataclass(frozen=True, slots=True)
class Told:
    """A stretch of a timeline, and where the next, older one begins (None at the end)."""

    items: list[TimelineItem]
    older: Cursor | None


def tell(spec: RecordSpec, record: Any, request: Asked, *, before: Cursor | None, kind: str) -> Told:
    """
    Return a stretch of the timeline of a record that the person may see; ``kind`` is ``contact``, ``team``,
    ``procedure`` or empty for everything.

    Facts and steps lie in two tables; each is read from its own place, so that nothing is told twice or left out,
    however much happened in one instant.
    """
    place, about = before or Cursor(), told_of(spec, request.user, record)
    facts = _facts(spec, record, request, place.fact, kind, about) if kind != "procedure" else []
    steps = _steps(about, place.step) if kind in ("", "procedure") else []
    lines: list[TimelineEntry | CaseHappening] = sorted([*facts, *steps], key=lambda line: line.at, reverse=True)
    shown = lines[:LENGTH]
    items = _items(spec, record, request, shown, about)
    return Told(items, _after(shown, place) if len(lines) > LENGTH else None)


def _after(shown: Sequence[TimelineEntry | CaseHappening], place: Cursor) -> Cursor:
    fact, step = place.fact, place.step
    for line in shown:
        if isinstance(line, TimelineEntry):
            fact = line.place
        else:
            step = (line.at, line.case, line.seq)
    return Cursor(fact, step)


About = Mapping[RecordRef, Former | None]
"""Whose history is told; with those that were merged into one of them, and what they were."""


def _items(
    spec: RecordSpec, record: Any, request: Asked, shown: Sequence[TimelineEntry | CaseHappening], about: About
) -> list[TimelineItem]:
    facts = [line for line in shown if isinstance(line, TimelineEntry)]
    texts, said = _texts(spec, record.pk, request, facts), _said(request, facts)
    changes = Changes(facts, request.user)
    items = []
    for line in shown:
        if isinstance(line, CaseHappening):
            if line.kind not in TOLD_BY_JOURNAL and not _is_human_step(line):
                items.append(replace(_step(line), former=_former_of_step(line, about)))
        elif line.event != "comment.added":
            items.append(_as_former(_fact(line, texts, changes), about.get(line.about)))
        elif line.data.get("comment") in said:
            items.append(_as_former(said[line.data["comment"]], about.get(line.about)))
    return items


def _as_former(item: TimelineItem, former: Former | None) -> TimelineItem:
    """Mark what happened to a record before it was merged into this one; promises are made of this one's activities."""
    return item if former is None else replace(item, former=former.title, promise_url="")


def _former_of_step(step: CaseHappening, about: About) -> str:
    """Return the name of the record with which the case travelled then, when that was merged since; else nothing."""
    for former in about.values():
        if former is not None and step.at <= former.until and step.case in former.moved.get("procedures.case", ()):
            return former.title
    return ""


KINDS = {"contact": ("activity.", "mail.", "promise."), "team": ("comment.", "file.", "record.assigned", "work.")}
"""What is told under each heading: the beginnings of the names of facts."""


def _facts(
    spec: RecordSpec, record: Any, request: Asked, before: Place | None, kind: str, about: About
) -> list[TimelineEntry]:
    events = [each.name for each in kinds if each.name.startswith(KINDS[kind])] if kind in KINDS else []
    return record_timeline(
        spec=spec,
        user=request.user,
        record_id=record.pk,
        before=before,
        limit=LENGTH + 1,
        seen=record,
        events=events,
        about=about,
    )


def _steps(about: About, before: tuple[datetime, int, int] | None) -> list[CaseHappening]:
    """Return steps of the cases; those of a record that was merged into another travel with that one since."""
    present = [ref for ref, former in about.items() if former is None]
    return happenings(records=present, before=before, limit=LENGTH + 1)


def _said(request: Asked, facts: Sequence[TimelineEntry]) -> dict[int, TimelineItem]:
    """Return the comments among facts, by key; no query when there are none."""
    ids = [entry.data["comment"] for entry in facts if entry.event == "comment.added"]
    return told_comments(request, ids) if ids else {}


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


def _fact(entry: TimelineEntry, texts: Mapping[int, str], changes: Changes) -> TimelineItem:
    icon, tone = ICONS.get(entry.event, ("circle-dot", ""))
    if entry.event.startswith("activity."):
        icon = KIND_ICONS.get(str(entry.data.get("kind", "")), "calendar")
    describe = changes.told if entry.event == CHANGED else WORDS.get(entry.event)
    title, body = describe(entry) if describe else (entry.title, _reason(entry.data))
    text = texts.get(entry.data.get("activity", 0), "")
    body = text if text and text != entry.data.get("subject") else body
    return TimelineItem(icon, title, entry.by.label, entry.at, tone, body=body, promise_url=_promise_url(entry))


def _promise_url(entry: TimelineEntry) -> str:
    """Return where a promise is made of a call, mail or note, empty for anything else."""
    spec = registry.find(entry.about.type)
    if entry.event != "activity.logged" or spec is None or "activity" not in entry.data:
        return ""
    return f"{reverse('web:promise_new', args=[slug(spec), entry.about.id])}?activity={entry.data['activity']}"


# -- Words of single facts ---------------------------------------------------------------------------------------------

Described = tuple[str, str]


def _reason(data: Mapping[str, Any]) -> str:
    return str(data.get("reason") or "")


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


def _named(words: Any) -> Callable[[TimelineEntry], Described]:
    """Return what tells a fact with the name it carries."""

    def told(entry: TimelineEntry) -> Described:
        name = entry.data.get("name") or entry.data.get("what") or entry.data.get("subject") or "–"
        return words % {"name": name}, _reason(entry.data)

    return told


def _affiliated(entry: TimelineEntry) -> Described:
    name, role = entry.data.get("name", ""), entry.data.get("role", "")
    said = _("Also at %(name)s") if entry.event == "contact.affiliated" else _("No longer at %(name)s")
    days = [_("since %(day)s") % {"day": entry.data["since_on"]}] if entry.data.get("since_on") else []
    days += [_("until %(day)s") % {"day": entry.data["until_on"]}] if entry.data.get("until_on") else []
    return said % {"name": affiliation_text(name, role)}, ", ".join(days)


def _work_done(entry: TimelineEntry) -> Described:
    """Tell how a step ended in words: ``not_interested`` is what programs read."""
    outcome = capfirst(str(entry.data.get("outcome") or "").replace("_", " "))
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
    "record.tagged": _tagged,
    "record.assigned": _assigned,
    "lead.captured": _captured,
    "lead.scored": _scored,
    "lead.closed": _closed,
    "contact.affiliated": _affiliated,
    "contact.left": _affiliated,
    "consent.granted": _consent(gettext_lazy("Consent given: %(purpose)s, %(channel)s")),
    "consent.denied": _consent(gettext_lazy("Consent refused: %(purpose)s, %(channel)s")),
    "consent.withdrawn": _consent(gettext_lazy("Consent withdrawn: %(purpose)s, %(channel)s")),
    "activity.logged": _activity,
    "activity.planned": _planned,
    "case.finished": _case_finished,
    "work.completed": _work_done,
    "work.assigned": _work_given,
    "file.stored": _named(gettext_lazy("File added: %(name)s")),
    "file.binned": _named(gettext_lazy("File put into the bin: %(name)s")),
    "file.restored": _named(gettext_lazy("File restored: %(name)s")),
    "promise.made": _named(gettext_lazy("Promised: %(name)s")),
    "promise.kept": _named(gettext_lazy("Promise kept: %(name)s")),
    "promise.broken": _named(gettext_lazy("Promise broken: %(name)s")),
    "promise.withdrawn": _named(gettext_lazy("Promise withdrawn: %(name)s")),
    "promise.reopened": _named(gettext_lazy("Promise open again: %(name)s")),
    "mail.sent": _named(gettext_lazy("Mail: %(name)s")),
}
