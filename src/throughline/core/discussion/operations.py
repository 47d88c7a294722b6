"""Saying, settling, suggesting, deciding, asking a round, sharing a link."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor, ActorKind
from throughline.core.discussion import events
from throughline.core.discussion.models import Decision, Invitation, Link, Remark, Round, Standing
from throughline.core.discussion.suggestions import CHANGES, applied
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import permits
from throughline.core.procedures.models import Procedure, ProcedureVersion
from throughline.core.procedures.operations import save_draft
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.teamwork import mentions
from throughline.core.teamwork.queries import colleagues
from throughline.flow import bpmn
from throughline.flow.bpmn.edit import NotEditable

PLACE = "discussion"
"""What messages about a discussion are about; their place is the key of the procedure."""
LONGEST = 4000
"""Characters of one remark."""
QUOTED = 300
MOST_AN_HOUR = 20
"""Remarks that one link takes within an hour."""
LONGEST_LINK = timedelta(days=90)
SECRET_BYTES = 32
GONE = "This link leads nowhere any more. Ask whoever sent it for a new one."
OUTSIDER = Actor(ActorKind.FORM, "procedure-link", "Guest")

_TIME = re.compile(r"P(?=\d|T\d)(\d+D)?(T(\d+H)?(\d+M)?)?")


@dataclass(frozen=True, slots=True)
class About:
    """What is talked about: a version of a procedure, and one of its steps or arrows (empty: the whole)."""

    procedure: str
    number: int
    element: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A change of the draft: ``kind`` is one of ``suggestions.CHANGES``."""

    kind: str
    value: str = ""


# -- Remarks -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_remark(
    *,
    about: About,
    body: str,
    by: Actor,
    at: datetime,
    suggestion: Suggestion | None = None,
    answers: int | None = None,
    in_trial: bool = False,
) -> Remark:
    """
    Say something to colleagues about a procedure; who is mentioned, answered or owns the procedure is told.

    ``in_trial``: while trying the draft; the caller has checked that they do.

    Raises:
        NotFound: there is no such procedure, version or step, or the remark that is answered is gone.
        Refusal: nothing is said, somebody's name fits several, or the suggestion cannot be carried out.
    """
    author = _person(by)
    version = _version(about)
    text = _text(body, optional=suggestion is not None)
    spoken_to = _spoken_to(text)
    name = _name_of(version, about.element)
    if suggestion is not None:
        _try(version, about.element, suggestion)
    answered = _remark(answers, version.procedure) if answers is not None else None
    remark = Remark.objects.create(
        procedure=version.procedure,
        number=version.number,
        element=about.element,
        element_name=name,
        author=author,
        body=text,
        mentioned=spoken_to,
        answers=answered,
        suggestion={"kind": suggestion.kind, "value": suggestion.value.strip()} if suggestion is not None else {},
        in_trial=in_trial,
        said_at=at,
    )
    _answered_rounds(version.procedure, author, at)
    _record(remark, by, at, guest=False)
    _tell(remark, answered, by, at)
    return remark


@transaction.atomic
def settle_remark(*, remark_id: int, standing: str, by: Actor, at: datetime) -> Remark:
    """
    Say how a remark stands: done, declined, or open again. Its author may, and who may draw.

    Raises:
        NotFound: it is gone.
        NotAllowed: it is somebody else's, and the person may not draw.
        Refusal: there is no such standing.
    """
    remark = _remark(remark_id, None)
    user = _person(by)
    if remark.author_id != user.pk:
        permits.require_design(by)
    if standing not in (Standing.OPEN, Standing.DONE, Standing.DECLINED):
        raise Refusal("no_such_standing", "A remark is open, done or declined. Choose one of these.")
    remark.standing = standing
    remark.settled_at, remark.settled_by_label = (None, "") if standing == Standing.OPEN else (at, by.label)
    remark.save(update_fields=["standing", "settled_at", "settled_by_label"])
    event = events.RemarkSettled(remark=remark.pk, how=standing)
    journal.record(event, by=by, at=at, about=_ref(remark.procedure))
    return remark


@transaction.atomic
def take_over(*, remark_id: int, by: Actor, at: datetime) -> ProcedureVersion:
    """
    Carry a suggestion out on the draft, or begin a draft with it.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        NotFound: it is gone.
        Conflict: it was settled already.
        Refusal: the draft has changed so that this cannot be done any more; the sentence says why.
    """
    permits.require_design(by)
    remark = _remark(remark_id, None)
    if not remark.suggestion or remark.standing != Standing.OPEN:
        raise Conflict("This suggestion is settled already. Look at the discussion again.")
    rows = remark.procedure.versions
    draft = rows.filter(status="draft").first() or rows.filter(status="published").first()
    if draft is None:
        raise NotFound("There is no drawing to change any more. Look at the versions.")
    suggestion = Suggestion(str(remark.suggestion["kind"]), str(remark.suggestion["value"]))
    drawing = bpmn.write(_try(draft, remark.element, suggestion))
    note = f"Suggested by {remark.author.name if remark.author else remark.guest}"
    saved = save_draft(key=remark.procedure.key, drawing=drawing, by=by, at=at, note=note)
    remark.standing, remark.settled_at, remark.settled_by_label = Standing.TAKEN, at, by.label
    remark.save(update_fields=["standing", "settled_at", "settled_by_label"])
    event = events.RemarkSettled(remark=remark.pk, how=Standing.TAKEN, number=saved.number)
    journal.record(event, by=by, at=at, about=_ref(remark.procedure))
    return saved


@transaction.atomic
def decide(*, about: About, body: str, by: Actor, at: datetime, remark_id: int | None = None) -> Decision:
    """
    Write down what was decided about a procedure or a step; a remark it answers is done by that.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        NotFound: there is no such procedure, version, step or remark.
        Refusal: nothing is said.
    """
    permits.require_design(by)
    user, version, text = _person(by), _version(about), _text(body)
    remark = _remark(remark_id, version.procedure) if remark_id is not None else None
    if remark is not None and remark.standing == Standing.OPEN:
        settle_remark(remark_id=remark.pk, standing=Standing.DONE, by=by, at=at)
    decision = Decision.objects.create(
        procedure=version.procedure,
        number=version.number,
        element=about.element,
        element_name=_name_of(version, about.element),
        body=text,
        remark=remark,
        decided_by=user,
        decided_at=at,
    )
    event = events.ProcedureDecided(decision=decision.pk, number=version.number, element=about.element)
    journal.record(event, by=by, at=at, about=_ref(version.procedure))
    return decision


# -- Rounds ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin_round(
    *, about: About, question: str, until: datetime, invited: Sequence[int], by: Actor, at: datetime
) -> Round:
    """
    Ask colleagues what they think of a version, until a moment; they are told.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        NotFound: there is no such procedure or version.
        Refusal: nothing is asked, nobody is invited, or the moment has passed.
    """
    permits.require_design(by)
    user, version, text = _person(by), _version(about), _text(question)
    if until <= at:
        raise Refusal("until_past", "Choose a day that is still to come.", "until")
    people = list(User.objects.filter(pk__in=list(invited), is_active=True))
    if not people:
        raise Refusal("nobody_invited", "Choose at least one colleague.", "invited")
    begun = Round.objects.create(
        procedure=version.procedure, number=version.number, question=text, until=until, asked_by=user, asked_at=at
    )
    Invitation.objects.bulk_create(Invitation(round=begun, user=person) for person in people)
    event = events.RoundBegun(round=begun.pk, number=version.number, invited=[person.pk for person in people])
    journal.record(event, by=by, at=at, about=_ref(version.procedure))
    messages = [
        Message(
            user_id=person.pk,
            kind="discussion",
            title=f"{by.label} asks what you think of {version.procedure.name}, until {until:%Y-%m-%d}",
            body=text[:QUOTED],
            about=RecordRef(PLACE, version.procedure_id),
            place=version.procedure.key,
            key=f"round:{begun.pk}",
        )
        for person in people
        if person.pk != user.pk
    ]
    notify_many(messages=messages, by=by, at=at)
    return begun


@transaction.atomic
def answer_round(*, round_id: int, by: Actor, at: datetime) -> Invitation:
    """
    Say that one has nothing to add; who says something has answered by that.

    Raises:
        NotFound: the person was not asked.
    """
    user = _person(by)
    invitation = Invitation.objects.select_for_update().filter(round_id=round_id, user=user).first()
    if invitation is None:
        raise NotFound("You were not asked in this round. You can make a remark all the same.")
    if invitation.answered_at is None:
        invitation.answered_at = at
        invitation.save(update_fields=["answered_at"])
    return invitation


# -- Links for outsiders -----------------------------------------------------------------------------------------------


@transaction.atomic
def share(
    *, about: About, name: str, expires_at: datetime, may_remark: bool, by: Actor, at: datetime
) -> tuple[Link, str]:
    """
    Make a link to a version for outsiders, and return it with its secret, which is not kept and never shown again.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        NotFound: there is no such procedure or version.
        Refusal: it has no name, or would expire in the past or after more than 90 days.
    """
    permits.require_design(by)
    version = _version(about)
    if not name.strip():
        raise Refusal("nameless", "Say for whom the link is, such as “Workshop with Acme”.", "name")
    if not at < expires_at <= at + LONGEST_LINK:
        raise Refusal("expiry", f"Choose a day within the next {LONGEST_LINK.days} days.", "expires")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    link = Link.objects.create(
        procedure=version.procedure,
        number=version.number,
        name=name.strip()[:200],
        digest=_digest(secret),
        may_remark=may_remark,
        made_at=at,
        made_by_label=by.label,
        expires_at=expires_at,
    )
    event = events.ProcedureShared(link=link.pk, number=version.number, may_remark=may_remark)
    journal.record(event, by=by, at=at, about=_ref(version.procedure))
    return link, secret


@transaction.atomic
def revoke_link(*, link_id: int, by: Actor, at: datetime) -> Link:
    """
    Let a link lead nowhere any more.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        NotFound: there is no such link.
    """
    permits.require_design(by)
    link = Link.objects.select_for_update(of=("self",)).select_related("procedure").filter(pk=link_id).first()
    if link is None:
        raise NotFound("There is no such link. Look at the discussion again.")
    if link.revoked_at is None:
        link.revoked_at = at
        link.save(update_fields=["revoked_at"])
        journal.record(events.LinkRevoked(link=link.pk), by=by, at=at, about=_ref(link.procedure))
    return link


def link_of(*, secret: str, at: datetime) -> Link:
    """
    Return the link that a secret opens.

    Raises:
        NotFound: it opens none, has expired or was revoked; all three are told alike.
    """
    rows = Link.objects.select_related("procedure").filter(revoked_at=None, expires_at__gt=at)
    link = rows.filter(digest=_digest(secret)).first()
    if link is None:
        raise NotFound(GONE)
    return link


@transaction.atomic
def add_guest_remark(*, secret: str, name: str, body: str, element: str, by: Actor, at: datetime) -> Remark:
    """
    Take a remark of an outsider; it goes to the owner of the procedure.

    ``by``: the door it came through (``OUTSIDER``); who they say they are stands with the remark, and can be erased.

    Raises:
        NotFound: the link leads nowhere, or the step is gone.
        NotAllowed: the link is for looking only.
        Refusal: nothing is said, no name is given, or the link has taken as many remarks as it takes in an hour.
    """
    link = link_of(secret=secret, at=at)
    if not link.may_remark:
        raise NotAllowed("This link is for looking only. Answer whoever sent it.")
    Link.objects.select_for_update().get(pk=link.pk)
    if not name.strip():
        raise Refusal("nameless", "Say who you are.", "name")
    text = _text(body)
    if Remark.objects.filter(link=link, said_at__gt=at - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        raise Refusal("too_many", "Thank you: that is a lot within an hour. Come back later.", "body")
    version = _version(About(link.procedure.key, link.number))
    remark = Remark.objects.create(
        procedure=link.procedure,
        number=link.number,
        element=element,
        element_name=_name_of(version, element),
        guest=name.strip()[:100],
        link=link,
        body=text,
        said_at=at,
    )
    _record(remark, by, at, guest=True)
    _tell(remark, None, by, at)
    return remark


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


# -- Who and what ------------------------------------------------------------------------------------------------------


def _person(by: Actor) -> User:
    user = access.user_of(by)
    if user is None:
        raise NotAllowed("Only people talk about procedures. Sign in.")
    return user


def _version(about: About) -> ProcedureVersion:
    rows = ProcedureVersion.objects.select_related("procedure__owner")
    version = rows.filter(procedure__key=about.procedure, number=about.number).first()
    if version is None:
        raise NotFound("There is no such version of this procedure. Look at its versions.")
    return version


def _ref(procedure: Procedure) -> RecordRef:
    return RecordRef("procedure", procedure.pk)


def _name_of(version: ProcedureVersion, element: str) -> str:
    """Return what a step or arrow is called in a version."""
    if not element:
        return ""
    for process in bpmn.read(bytes(version.bpmn)).processes:
        for each, _ in process.walk():
            if each.id == element:
                return each.name or element
    raise NotFound("This step is not in the drawing any more. Choose another.")


def _text(body: str, *, optional: bool = False) -> str:
    text = body.strip()
    if not text and not optional:
        raise Refusal("empty_remark", "Write a few words first.", "body")
    if len(text) > LONGEST:
        raise Refusal("long_remark", f"A remark has at most {LONGEST} characters. Part it.", "body")
    return text


def _spoken_to(text: str) -> list[int]:
    try:
        return mentions.mentioned(text, colleagues())
    except mentions.AmbiguousMention as several:
        choices = " or ".join(f"@{email}" for email in several.emails)
        raise Refusal("which_one", f"Several colleagues are called {several.name}. Write {choices}.", "body") from None


def _try(version: ProcedureVersion, element: str, suggestion: Suggestion) -> bpmn.model.Definitions:
    """Return the drawing of a version with a suggestion carried out."""
    value = suggestion.value.strip()
    if suggestion.kind not in CHANGES or not element:
        raise Refusal("no_such_change", "Choose a step, and what should change about it.", "suggestion")
    if suggestion.kind != "leave_out" and not value:
        raise Refusal("no_value", "Say how it should be.", "value")
    if suggestion.kind == "due" and not _TIME.fullmatch(value):
        raise Refusal("no_time", "Write a time as in P2D (two days) or PT4H (four hours).", "value")
    try:
        return applied(bpmn.read(bytes(version.bpmn)), kind=suggestion.kind, element=element, value=value)
    except NotEditable as wrong:
        raise Refusal("not_editable", str(wrong), "suggestion") from wrong


def _remark(remark_id: int, procedure: Procedure | None) -> Remark:
    rows = Remark.objects.select_for_update(of=("self",)).select_related("procedure", "author")
    found = rows.filter(pk=remark_id).first()
    if found is None or (procedure is not None and found.procedure_id != procedure.pk):
        raise NotFound("This remark is gone. Look at the discussion again.")
    return found


def _answered_rounds(procedure: Procedure, author: User, at: datetime) -> None:
    rows = Invitation.objects.filter(round__procedure=procedure, user=author, answered_at=None, round__until__gte=at)
    rows.update(answered_at=at)


def _record(remark: Remark, by: Actor, at: datetime, *, guest: bool) -> None:
    event = events.ProcedureRemarked(
        remark=remark.pk, element=remark.element, suggests=bool(remark.suggestion), guest=guest
    )
    journal.record(event, by=by, at=at, about=_ref(remark.procedure))


def _tell(remark: Remark, answered: Remark | None, by: Actor, at: datetime) -> None:
    name = remark.procedure.name
    who = remark.guest or by.label
    told = dict.fromkeys(remark.mentioned, ("mention", f"{who} mentioned you: {name}"))
    if answered is not None and answered.author_id is not None:
        told.setdefault(answered.author_id, ("reply", f"{who} answered you: {name}"))
    if remark.procedure.owner_id is not None:
        told.setdefault(remark.procedure.owner_id, ("discussion", f"{who} on {remark.element_name or name}: {name}"))
    if remark.author_id is not None:
        told.pop(remark.author_id, None)
    messages = [
        Message(
            user_id=key,
            kind=kind,
            title=words,
            body=remark.body[:QUOTED],
            about=RecordRef(PLACE, remark.procedure_id),
            place=f"{remark.procedure.key}#remark-{remark.pk}",
            key=f"remark:{remark.pk}",
        )
        for key, (kind, words) in told.items()
    ]
    notify_many(messages=messages, by=by, at=at)
