"""Forms of records: a new one, all fields of one, a single field in place. Refused values come back with a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.identity.queries import colleagues
from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.operations import make_record, update_record
from throughline.core.records.queries import ShownField, get_record, record_page
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.duplicates import at_form
from throughline.web.parts import Choice, FormField, FormSection
from throughline.web.records.pages import frame
from throughline.web.records.picks import key_meant, keys_meant, linked_in_words, offers_of
from throughline.web.records.present import cell_of_shown, slug, url_of

KINDS: dict[FieldType, str] = {
    FieldType.LONG_TEXT: "text",
    FieldType.ADDRESS: "text",
    FieldType.EMAIL: "email",
    FieldType.PHONE: "phone",
    FieldType.URL: "url",
    FieldType.INTEGER: "number",
    FieldType.NUMBER: "number",
    FieldType.MONEY: "number",
    FieldType.DURATION: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "datetime",
    FieldType.CHOICE: "choice",
    FieldType.MULTI_CHOICE: "choices",
    FieldType.USER: "choice",
    FieldType.TEAM: "choice",
}


# -- Views -------------------------------------------------------------------------------------------------------------


@signed_in
def create(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the form of a new record, or make it."""
    if not spec.made_by_itself:
        raise NotFound(_("Make a new one on the page of the record that it is about."))
    if not access.can(request.user, access.CREATE, spec):
        raise NotAllowed(
            _("Your roles do not let you make %(plural)s. Ask an administrator.") % {"plural": str(spec.plural).lower()}
        )
    fields = _new_fields(spec, request)
    if request.method != "POST":
        return _new_page(request, spec, _start_values(request, fields))
    try:
        sent = read_form(fields, request.POST, request.user)
        values = {name: value for name, value in sent.items() if value not in ("", None, [])}
        if (known := at_form.chosen(request)) is not None:
            record = at_form.fill(request, spec, known, values)
            return done(request, url_of(spec, known), _("%(title)s has it now.") % {"title": spec.title(record)})
        if alike := at_form.alike(request, spec, values):
            return _new_page(request, spec, request.POST, alike=alike)
        record = make_record(spec=spec, values=values, by=request.by, at=request.at)
    except Refusal as refusal:
        return _new_page(request, spec, request.POST, refusal)
    return done(request, url_of(spec, record.pk), _("%(title)s was created.") % {"title": spec.title(record)})


@signed_in
def edit(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Show all fields of a record to be changed, or change them."""
    found = record_page(spec=spec, user=request.user, record_id=record_id)
    fields = [shown.spec for _, section in found.sections for shown in section if shown.writable]
    if request.method != "POST":
        return _edit_page(request, spec, record_id)
    try:
        _changed(request, spec, record_id, [described for described in fields if _touched(described, request.POST)])
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        return _edit_page(request, spec, record_id, request.POST, refusal)
    return done(request, url_of(spec, record_id), _("Saved."))


@signed_in
def edit_field(request: Asked, spec: RecordSpec, record_id: int, name: str) -> HttpResponse:
    """Show one field of a record to be changed in place, change it, or show it as text again (``?as=text``)."""
    shown = _shown_field(request, spec, record_id, name)
    if request.method == "POST":
        try:
            _changed(request, spec, record_id, [shown.spec])
        except Refusal as refusal:
            error = refusal.fields.get(name, refusal.message)
            return _field_form(
                request,
                spec,
                record_id,
                _shown_field(request, spec, record_id, name),
                given=request.POST,
                error=error,
                status=refusal.status,
                conflict=isinstance(refusal, Conflict),
            )
        if not request.headers.get("HX-Request"):
            return redirect(url_of(spec, record_id))
        shown = _shown_field(request, spec, record_id, name)
    elif request.GET.get("as") != "text":
        if not request.headers.get("HX-Request"):
            return redirect(f"{reverse('web:record_edit', args=[slug(spec), record_id])}#f-{name}")
        return _field_form(request, spec, record_id, shown)
    found = record_page(spec=spec, user=request.user, record_id=record_id)
    context = {"cell": cell_of_shown(shown), "record": frame(found), "now": request.at}
    return render(request, "records/_fact.html", context)


def _shown_field(request: Asked, spec: RecordSpec, record_id: int, name: str) -> ShownField:
    found = record_page(spec=spec, user=request.user, record_id=record_id)
    for _section, fields in found.sections:
        for shown in fields:
            if shown.spec.name == name:
                if not shown.writable:
                    raise NotAllowed(_("%(field)s cannot be changed here.") % {"field": shown.spec.label})
                return shown
    raise NotFound(_("There is no such field. Look at the record's page."))


def _touched(described: FieldSpec, sent: QueryDict) -> bool:
    """
    Return whether somebody changed a field in a form that says what it began with.

    Only these are sent on: what a colleague changed meanwhile in other fields stays theirs.
    """
    was = sent.get(f"was.{described.name}")
    if was is None:
        return described.name in sent or described.type is FieldType.BOOLEAN
    given = str(sent.get(described.name, "")).replace("\r\n", "\n")
    return given != str(was).replace("\r\n", "\n")


def _changed(request: Asked, spec: RecordSpec, record_id: int, fields: Iterable[FieldSpec]) -> None:
    version = request.POST.get("version", "")
    update_record(
        spec=spec,
        record_id=record_id,
        values=read_form(fields, request.POST, request.user),
        by=request.by,
        at=request.at,
        version=int(version) if version.isdecimal() else None,
    )


# -- Pages -------------------------------------------------------------------------------------------------------------


def _new_fields(spec: RecordSpec, request: Asked) -> list[FieldSpec]:
    rights = access.field_rights(request.user, spec)
    through = frozenset(spec.import_through)
    return [
        described
        for section in spec.sections
        for described in map(spec.field, section.fields)
        if rights.writes(described.name)
        and not described.read_only
        and (not described.is_through or described.name in through)
        and not (described.type is FieldType.RECORD and through)
    ]


def _start_values(request: Asked, fields: Iterable[FieldSpec]) -> Mapping[str, str]:
    """Values that an address brings along, such as ``?kind=Call``; choices begin with their first."""
    start = {each.name: as_text(each, each.default, None) for each in fields if each.default is not None}
    given = {
        each.name: _given(each, str(request.GET[each.name]), request.user)
        for each in fields
        if each.name in request.GET
    }
    return start | given


def _given(described: FieldSpec, text: str, user: User) -> str:
    """Return what an address says of a field as a form shows it: a record by its name, where the reader sees it."""
    if described.type is not FieldType.RECORD:
        return text
    try:
        key = int(key_meant(described, text, user))
        return linked_in_words(described, get_record(spec=registry.get(described.to), user=user, record_id=key))
    except Refusal:
        return text


def _new_page(
    request: Asked,
    spec: RecordSpec,
    given: Mapping[str, str],
    refusal: Refusal | None = None,
    alike: Sequence[Mapping[str, Any]] = (),
) -> HttpResponse:
    names = {described.name for described in _new_fields(spec, request)}
    form = {
        "title": _("New %(one)s") % {"one": str(spec.label).lower()},
        "plural": spec.plural,
        "list_url": reverse("web:record_list", args=[slug(spec)]),
        "action": reverse("web:record_new", args=[slug(spec)]),
        "cancel_url": reverse("web:record_list", args=[slug(spec)]),
        "button": _("Create %(one)s") % {"one": str(spec.label).lower()},
        "sections": _sections(spec, names, given, refusal),
        "error": _top_error(refusal, names),
    }
    status = refusal.status if refusal else 409 if alike else 200
    return render(request, "records/form.html", {"form": form, "alike": alike}, status=status)


def _edit_page(
    request: Asked,
    spec: RecordSpec,
    record_id: int,
    given: QueryDict | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    found = record_page(spec=spec, user=request.user, record_id=record_id)
    shown = {field.spec.name: field for _, fields in found.sections for field in fields if field.writable}
    stored = {name: as_text(field.spec, field.value, field.linked) for name, field in shown.items()}
    version = found.record.version if isinstance(refusal, Conflict) or given is None else given.get("version")
    values = dict(stored)
    if given is not None:
        values |= {name: str(given.get(name, "")) for name, field in shown.items() if _touched(field.spec, given)}
    theirs = refusal.fields if isinstance(refusal, Conflict) else {}
    form = {
        "title": found.title,
        "plural": spec.plural,
        "list_url": reverse("web:record_list", args=[slug(spec)]),
        "action": reverse("web:record_edit", args=[slug(spec), record_id]),
        "cancel_url": url_of(spec, record_id),
        "button": _("Save"),
        "version": version,
        "sections": _sections(spec, set(shown), values, refusal, stored=stored, theirs=theirs),
        "error": _top_error(refusal, shown),
    }
    return render(request, "records/form.html", {"form": form}, status=refusal.status if refusal else 200)


def _field_form(
    request: Asked,
    spec: RecordSpec,
    record_id: int,
    shown: ShownField,
    *,
    given: Mapping[str, str] | None = None,
    error: str = "",
    status: int = 200,
    conflict: bool = False,
) -> HttpResponse:
    name = shown.spec.name
    stored = as_text(shown.spec, shown.value, shown.linked)
    value = given.get(name, "") if given is not None else stored
    record = get_record(spec=spec, user=request.user, record_id=record_id)
    context = {
        "field": _with_stored(form_field(shown.spec, value, error), {name: stored}, conflict),
        "record": {"url": url_of(spec, record_id), "version": record.version},
    }
    return render(request, "records/_fact_form.html", context, status=status)


def _sections(
    spec: RecordSpec,
    names: Iterable[str],
    given: Mapping[str, str],
    refusal: Refusal | None,
    *,
    stored: Mapping[str, str] | None = None,
    theirs: Iterable[str] = (),
) -> list[FormSection]:
    """
    Return the sections of a form. ``stored``: what the fields hold now, for a form that changes; ``theirs``: the names
    of those that somebody else has changed meanwhile.
    """
    wanted, errors = set(names), refusal.fields if refusal else {}
    sections = []
    for section in spec.sections:
        fields = tuple(
            _with_stored(
                form_field(spec.field(name), given.get(name, ""), errors.get(name, "")), stored, name in theirs
            )
            for name in section.fields
            if name in wanted
        )
        if fields:
            sections.append(FormSection(section.title, fields))
    return sections


def _with_stored(field: FormField, stored: Mapping[str, str] | None, is_theirs: bool) -> FormField:
    """Return the field with what is stored: to tell what is changed in the form, and to choose in a conflict."""
    if stored is None or field.kind == "choices":
        return field
    was = stored[field.name]
    if not is_theirs:
        return replace(field, was=was)
    words = next((choice.label for choice in field.choices if choice.value == was), was)
    return replace(field, was=was, theirs=was, theirs_words=words or _("nothing"))


def _top_error(refusal: Refusal | None, names: Iterable[str]) -> str:
    """The sentence above the form, when it does not stand at a field."""
    if refusal is None or (refusal.fields and set(refusal.fields) <= set(names)):
        return ""
    return refusal.message


# -- Fields ------------------------------------------------------------------------------------------------------------


def form_field_of(described: FieldSpec) -> FormField:
    """Return a field as the form of a new record shows it."""
    start = "" if described.default is None else as_text(described, described.default, None)
    return form_field(described, start, "")


def form_field(described: FieldSpec, value: str, error: str) -> FormField:
    """Return a field of a record as a form shows it, holding ``value`` and saying ``error``."""
    return FormField(
        name=described.name,
        label=str(described.label),
        kind=_kind(described),
        value=value,
        required=described.required,
        choices=_choices(described, value),
        help=_help(described),
        error=error,
        max_length=described.max_length,
        wide=described.type is FieldType.LONG_TEXT,
        picks=offers_of(described),
    )


def _kind(described: FieldSpec) -> str:
    if described.type is FieldType.CHOICE and described.open_choices:
        return "string"
    return KINDS.get(described.type, "string")


def _help(described: FieldSpec) -> str:
    if described.help:
        return str(described.help)
    if described.type is FieldType.TAGS:
        return _("Parted by commas.")
    if described.type is FieldType.DURATION:
        return _("In minutes.")
    if described.type is FieldType.RECORD:
        return _("Type a part of the name, and choose.")
    return ""


def _choices(described: FieldSpec, value: str = "") -> tuple[Choice, ...]:
    if described.type is FieldType.USER:
        return tuple(Choice(str(person.pk), person.name) for person in colleagues())
    if described.type is FieldType.TEAM:
        return tuple(Choice(str(key), name) for key, name in _team_names())
    chosen = {part.strip() for part in value.split(",")} if described.type is FieldType.MULTI_CHOICE else set()
    return tuple(Choice(choice.value, str(choice.label), choice.value in chosen) for choice in described.choices)


def _team_names() -> list[tuple[int, str]]:
    memberships = {
        team.pk: team.name for person in colleagues().prefetch_related("teams") for team in person.teams.all()
    }
    return sorted(memberships.items(), key=lambda item: item[1])


def read_form(fields: Iterable[FieldSpec], sent: QueryDict, user: User) -> dict[str, Any]:
    """
    Return what was sent for these fields as core reads it; a field that was not sent at all is left out.

    Raises:
        Refusal: a link names nothing that ``user`` may see, or several things.
    """
    known = {described.name: described for described in fields}
    values: dict[str, Any] = {}
    for described in known.values():
        if described.type is FieldType.BOOLEAN:
            values[described.name] = sent.get(described.name) == "yes"
        elif described.type is FieldType.MULTI_CHOICE:
            values[described.name] = [text for text in sent.getlist(described.name) if text.strip()]
        elif described.name in sent:
            values[described.name] = _read(described, str(sent.get(described.name)))
    return keys_meant(known, values, user)


def _read(described: FieldSpec, text: str) -> Any:
    if not text.strip():
        return None if described.type is not FieldType.TAGS else []
    if described.type is FieldType.DATETIME:
        return _local_instant(text)
    if described.type is FieldType.DURATION and text.strip().isdecimal():
        return int(text) * 60
    return text


def _local_instant(text: str) -> str:
    """Put the reader's time zone behind a moment that a form sends without one; other texts stay, to be refused."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return (timezone.make_aware(moment) if moment.tzinfo is None else moment).isoformat()


def as_text(described: FieldSpec, value: Any, linked: Any) -> str:
    """Return a stored value as a form field takes it."""
    if value is None or value == "":
        return ""
    if described.type is FieldType.BOOLEAN:
        return "yes" if value else ""
    if described.type is FieldType.DATETIME:
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    if described.type is FieldType.DURATION:
        return str(value // 60)
    if described.type is FieldType.RECORD:
        return linked_in_words(described, linked) if linked is not None else str(value)
    if described.type in (FieldType.TAGS, FieldType.LIST, FieldType.MULTI_CHOICE):
        return ", ".join(str(part) for part in value)
    if described.type is FieldType.ADDRESS:
        return "\n".join(str(part) for part in value.values() if part)
    return str(value)
