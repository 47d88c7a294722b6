"""What charts may ask of mail: a message to a person."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.mail import EmailAttachment, EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from throughline.connect.mail import rules
from throughline.connect.mail.models import MailOutcome
from throughline.connect.mail.operations import Sent, Withheld, record_mail
from throughline.connect.mail.queries import is_on, recipients_of, settled
from throughline.connect.mail.rules import Recipient
from throughline.core.actions import ActionRequest, ActionResult, Outside, Patience, PerformMany
from throughline.core.attachments import attachments_of
from throughline.core.refusals import Refusal
from throughline.crm.people.models import Purpose
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python

CONNECTION = "mail"
PATIENCE = Patience(tries=5, first_pause=15, longest_pause=900, timeout=20, at_once=20)


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message ready to be handed to the server. ``files`` names what it carries, fetched when it goes out."""

    request: ActionRequest
    recipient: Recipient
    purpose: str
    message: EmailMessage
    message_id: str
    files: tuple[str, ...] = ()


def send_many(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    """
    Send the messages over one connection, and keep what was sent.

    What was sent before under the same key counts as sent: most repeats go no further than here.
    """
    if not is_on():
        off = "Expected mail to be switched on, but THROUGHLINE_MAIL is off. Set it to on, with SMTP_HOST."
        return [ActionResult.nobody_there(off)] * len(requests)
    known = settled([request.key for request in requests])
    found = recipients_of(requests)
    results: dict[str, ActionResult] = {}
    letters: list[_Letter] = []
    withheld: list[Withheld] = []
    for request, recipient in zip(requests, found, strict=True):
        if request.key in known:
            results[request.key] = _told(known[request.key])
            continue
        prepared = _prepare(request, recipient)
        if isinstance(prepared, _Letter):
            letters.append(prepared)
        elif isinstance(prepared, Withheld):
            withheld.append(prepared)
            results[request.key] = _unsent(prepared.reason)
        else:
            results[request.key] = prepared
    delivered = _deliver(letters)
    results |= {letter.request.key: result for letter, result in delivered}
    sent = [_record_of(letter) for letter, result in delivered if result.failure is None]
    if sent or withheld:
        record_mail(sent=sent, withheld=withheld, by=requests[0].by, at=requests[0].at)
    return [results[request.key] for request in requests]


def _sent(message_id: str) -> ActionResult:
    return ActionResult(from_python({"sent": True, "message_id": message_id}))


def _unsent(reason: str) -> ActionResult:
    return ActionResult(from_python({"sent": False, "reason": reason}))


def _told(outcome: MailOutcome) -> ActionResult:
    """Return the result of a message that was settled before: the same as then."""
    return _unsent(outcome.reason) if outcome.reason else _sent(outcome.message_id)


def _record_of(letter: _Letter) -> Sent:
    return Sent(
        letter.request, letter.message_id, letter.purpose, letter.recipient.address, str(letter.message.subject)
    )


# --- what a message says ----------------------------------------------------------------------------------------------
def _prepare(request: ActionRequest, recipient: Recipient) -> _Letter | Withheld | ActionResult:
    purpose = str(request.inputs.get("purpose") or rules.ENQUIRY)
    if purpose not in Purpose.values:
        return _wrong(f"Expected the purpose to be one of {', '.join(Purpose.values)}, but it is “{purpose}”.")
    if not rules.is_address(recipient.address):
        return _wrong(f"Expected an address to send to, but there is {recipient.address or 'none'}.", "mail_address")
    against = rules.reason_against(recipient, purpose, request.at)
    if against:
        return Withheld(request, purpose, against, recipient.address)
    given = request.inputs.get("values")
    try:
        told: Mapping[str, Any] = given if isinstance(given, dict) else {}
        subject = rules.one_line(rules.fill_in(str(request.inputs.get("subject") or ""), told))
        text = rules.fill_in(str(request.inputs.get("text") or ""), told)
    except ValueError as problem:
        return _wrong(str(problem))
    if not subject or not text.strip():
        return _wrong("Expected the message to have a subject and a text, but one of them is empty.")
    files = request.inputs.get("files") or []
    if not isinstance(files, list) or not all(isinstance(each, str) for each in files):
        return _wrong(
            "Expected the attachments to be a list of texts such as “file:12”, but they are not.", "mail_file"
        )
    return replace(_letter(request, recipient, purpose, subject, text), files=tuple(files))


def _wrong(failure: str, code: str = "mail_text") -> ActionResult:
    return ActionResult.failed(failure, code=code)


def _letter(request: ActionRequest, recipient: Recipient, purpose: str, subject: str, text: str) -> _Letter:
    sender = settings.DEFAULT_FROM_EMAIL
    key = rules.message_id(request.key, site=settings.SITE_URL, domain=sender.rpartition("@")[2].rstrip(">"))
    headers = {"Message-ID": key, "Auto-Submitted": "auto-generated", "X-Throughline-Key": request.key}
    message = EmailMessage(subject, text, sender, [recipient.address], headers=headers)
    return _Letter(request, recipient, purpose, message, key)


# --- handing over -----------------------------------------------------------------------------------------------------
def _deliver(letters: Sequence[_Letter]) -> list[tuple[_Letter, ActionResult]]:
    """Hand the messages over one by one on one connection; when the server goes away, the rest is not tried."""
    if not letters:
        return []
    server: BaseEmailBackend = get_connection(timeout=PATIENCE.timeout)
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as problem:
        return [(letter, _away(problem)) for letter in letters]
    done: list[tuple[_Letter, ActionResult]] = []
    try:
        for letter in letters:
            result = _hand_over(server, letter)
            done.append((letter, result))
            if result.unreachable:
                done += [(other, result) for other in letters[len(done) :]]
                break
    finally:
        _hang_up(server)
    return done


def _hand_over(server: BaseEmailBackend, letter: _Letter) -> ActionResult:
    try:
        carried = attachments_of(letter.request, letter.files, to=letter.recipient.address)
    except Refusal as refusal:
        return _wrong(refusal.message, "mail_file")
    letter.message.attachments = [EmailAttachment(each.name, each.content, each.media_type) for each in carried]
    try:
        server.send_messages([letter.message])
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        return _refused(code, said)
    except smtplib.SMTPServerDisconnected as problem:
        return _away(problem)
    except smtplib.SMTPResponseException as problem:
        return _refused(problem.smtp_code, problem.smtp_error)
    except OSError as problem:
        return _away(problem)
    finally:
        letter.message.attachments = []  # a batch holds what one mail carries, not what all do
    return _sent(letter.message_id)


def _refused(code: int, said: bytes | str) -> ActionResult:
    """Return what a refusal means: from 500 on for good, 421 that the server goes, else for now (RFC 5321, 4.2.1)."""
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    failure = f"Expected the mail server to take the message, but it said {code} {rules.one_line(words)}."
    if code == 421:
        return ActionResult.nobody_there(failure)
    if code >= 500:
        return ActionResult.failed(failure, code="mail_refused")
    return ActionResult.failed(failure, retryable=True)


def _away(problem: Exception) -> ActionResult:
    told = f"{type(problem).__name__}: {problem}".rstrip(": ")
    return ActionResult.nobody_there(f"Expected the mail server to take messages, but it does not ({told}).")


def _hang_up(server: BaseEmailBackend) -> None:
    """Close the connection; a server that is gone by now has closed it itself, and what it took it has taken."""
    try:
        server.close()
    except (OSError, smtplib.SMTPException):
        return


ACTIONS: list[tuple[ActionSpec, PerformMany, Outside]] = [
    (
        ActionSpec(
            name="mail.send",
            title="Send a mail",
            summary="Write to the person of the record, or to an address; whoever does not want mail gets none.",
            inputs=(
                Parameter(name="subject", title="Subject, with {{name}} for values", type="string", required=True),
                Parameter(name="text", title="Text, with {{name}} for values", type="string", required=True),
                Parameter(name="values", title="Values by name", type="context"),
                Parameter(name="to", title="Address (default: the person of the record)", type="string"),
                Parameter(name="files", title="Attachments, such as “file:12” (files of the record)", type="list"),
                Parameter(name="purpose", title=f"Purpose ({', '.join(Purpose.values)})", type="string"),
            ),
            outputs=(
                Parameter(name="sent", title="Sent", type="boolean"),
                Parameter(name="reason", title="Why not (opted_out, refused, no_consent)", type="string"),
                Parameter(name="message_id", title="Id of the message", type="string"),
            ),
            place="outside",
        ),
        send_many,
        Outside(lambda _: CONNECTION, PATIENCE),
    ),
]
