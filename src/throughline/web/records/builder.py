"""
The filter builder: conditions and groups of them as a form, without JavaScript as well as with it.

A draft is the filter's own JSON form (``core.records.filters``), in which conditions may be unfinished. The form sends
each group's mode (``mode:0.1``) and each condition's field, operator and values (``field:0.1.0``, ``op:…``,
``value:…``) by its place, and one button: add, remove, apply. What is wrong comes back at its condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.filters import (
    MAX_DEPTH,
    ME,
    MY_TEAM,
    RELATIVE_DAYS,
    VALUELESS,
    Reading,
    UnreadableFilter,
    operators_of,
    predicate,
)
from throughline.core.records.spec import TIMES
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, signed_in
from throughline.web.parts import Choice
from throughline.web.records.filters import address
from throughline.web.records.picks import key_meant, offers_of, written
from throughline.web.records.present import slug
from throughline.web.records.state import State, as_text, read_state
from throughline.web.records.words import OPERATORS, Names, day_in_words, sentence

Draft = dict[str, Any]
MODES = ("all", "any", "none")
DEEPEST = 3
"""Groups inside one another that the form offers; deeper ones, made elsewhere, are shown."""
SEVERAL = frozenset({"one_of", "none_of", "has", "has_any", "has_not"})
COUNTS = frozenset({"within_last", "within_next", "older_than"})


@signed_in
def edit(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the filter of a list to be changed, change a part of it, or go back to the list with it."""
    if request.method != "POST":
        state = read_state(request, spec)
        return _page(request, spec, as_group(state.meaning), address(_kept(state)))
    base = str(request.POST.get("base", ""))
    draft, act = read_draft(spec, request.POST, request.user), str(request.POST.get("do", "refresh"))
    if act != "apply":
        return _page(request, spec, changed(draft, act), base)
    try:
        predicate(spec, draft, Reading(request.user, request.at))  # unfinished ones mean nothing, and keep the places
    except UnreadableFilter as wrong:
        return _page(request, spec, draft, base, wrong)
    return _go(request, spec, base, finished(draft))


def _kept(state: State) -> Mapping[str, str]:
    """What of the address stays beside the filter: the bar's fields are part of the filter now."""
    return {name: value for name, value in state.given.items() if name not in {*state.narrowing, "f", "after"}}


def _go(request: Asked, spec: RecordSpec, base: str, meaning: Mapping[str, Any]) -> HttpResponse:
    kept = {name: str(value) for name, value in QueryDict(base).items()}
    layout = kept.pop("layout", "list")
    url = reverse(f"web:record_{layout if layout in ('board', 'calendar', 'spans') else 'list'}", args=[slug(spec)])
    to = f"{url}?{address({**kept, 'f': as_text(meaning)})}"
    return HttpResponseClientRedirect(to) if request.headers.get("HX-Request") else HttpResponseRedirect(to)


# -- Drafts ------------------------------------------------------------------------------------------------------------


def as_group(filter_: Mapping[str, Any]) -> Draft:
    """Return a filter as a group, with a first condition to fill in where there is none."""
    if not filter_:
        return {"all": [{}]}
    if "all" in filter_ or "any" in filter_ or ("not" in filter_ and "any" in filter_["not"]):
        return dict(filter_)
    return {"all": [dict(filter_)]}


def read_draft(spec: RecordSpec, sent: QueryDict, user: User) -> Draft:
    """Return the draft that a form holds: a group, whatever else was sent. Records are meant as ``user`` sees them."""
    places = {tuple(map(int, key.partition(":")[2].split("."))) for key in sent if _is_place(key)}
    draft = as_group(_read(spec, sent, (0,), places))
    for condition in _conditions(draft):
        described = spec.by_name[condition["field"]]
        if described.type is FieldType.RECORD and "value" in condition:
            condition["value"] = _meant(described, condition["value"], user)
    return draft


def _conditions(draft: Draft) -> Iterator[Draft]:
    members = _members(draft)
    if members is not None:
        for each in members:
            yield from _conditions(each)
    elif draft.get("field"):
        yield draft


def _meant(described: FieldSpec, value: Any, user: User) -> Any:
    """Return the keys of the records that somebody named; what means none stays, to be refused in its place."""
    if isinstance(value, list):
        return [_meant(described, each, user) for each in value]
    try:
        return key_meant(described, value, user) if value else value
    except Refusal:
        return value


def _is_place(key: str) -> bool:
    kind, _colon, place = key.partition(":")
    steps = place.split(".")
    return kind in ("mode", "field") and len(steps) <= MAX_DEPTH + 2 and all(map(_is_step, steps))


def _is_step(text: str) -> bool:
    return text.isdecimal() and len(text) < 5


def _read(spec: RecordSpec, sent: QueryDict, place: tuple[int, ...], places: set[tuple[int, ...]]) -> Draft:
    name = _name(place)
    if f"mode:{name}" not in sent:
        return _read_condition(spec, sent, name)
    inner = sorted(each for each in places if len(each) == len(place) + 1 and each[:-1] == place)
    members = [_read(spec, sent, each, places) for each in inner]
    mode = sent.get(f"mode:{name}")
    return {"not": {"any": members}} if mode == "none" else {"any" if mode == "any" else "all": members}


def _read_condition(spec: RecordSpec, sent: QueryDict, name: str) -> Draft:
    described = spec.by_name.get(str(sent.get(f"field:{name}", "")))
    if described is None:
        return {}
    offered = operators_of(described)
    op = str(sent.get(f"op:{name}", offered[0]))
    op = op if op in offered else offered[0]
    draft: Draft = {"field": described.name, "op": op}
    given = [text for each in sent.getlist(f"value:{name}") if (text := str(each).strip())]
    if op in VALUELESS:
        return draft
    if op == "between":
        return {**draft, "value": given}
    if op in SEVERAL:
        words = given if described.choices or described.type in (FieldType.USER, FieldType.TEAM) else _split(given)
        return {**draft, "value": words}
    return {**draft, "value": given[0] if given else ""}


def _split(given: Sequence[str]) -> list[str]:
    return [word.strip() for text in given for word in text.split(",") if word.strip()]


def _name(place: Sequence[int]) -> str:
    return ".".join(map(str, place))


def changed(draft: Draft, act: str) -> Draft:
    """
    Return a draft after a button was pressed: ``add:PLACE``, ``group:PLACE``, ``remove:PLACE`` or anything else.

    A place that the form does not have changes nothing.
    """
    verb, _colon, name = act.partition(":")
    steps = name.split(".")[1:]
    if not all(map(_is_step, steps)):
        return draft
    path = [int(step) for step in steps]
    members = _members_at(draft, path[:-1] if verb == "remove" else path)
    if members is None:
        return draft
    if verb == "add":
        members.append({})
    elif verb == "group":
        members.append({"any": [{}, {}]})
    elif verb == "remove" and path:
        del members[path[-1] : path[-1] + 1]
    return draft


def _members_at(draft: Draft, path: Sequence[int]) -> list[Draft] | None:
    members = _members(draft)
    for step in path:
        if members is None or step >= len(members):
            return None
        members = _members(members[step])
    return members


def _members(draft: Draft) -> list[Draft] | None:
    """Return the members of a group; a condition has none."""
    inner = draft.get("not", draft)
    members: list[Draft] | None = inner.get("all", inner.get("any"))
    return members


def finished(draft: Draft) -> Draft:
    """Return the filter that a draft means: conditions without a field and empty groups are left out."""
    if "not" in draft:
        inner = finished(draft["not"])
        return {"not": inner} if inner else {}
    for mode in ("all", "any"):
        if mode in draft:
            members = [made for each in draft[mode] if (made := finished(each))]
            return {mode: members} if members else {}
    return draft if draft.get("field") else {}


# -- The form ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownCondition:
    """
    A condition of the form.

    ``widget``: ``none``, ``text``, ``number``, ``day``, ``choice``, ``choices``, ``days_between``, ``numbers_between``.
    ``picks``: where suggestions come from while somebody types.
    """

    place: str
    fields: tuple[Choice, ...]
    operators: tuple[Choice, ...]
    widget: str
    values: tuple[str, ...]
    choices: tuple[Choice, ...]
    label: str
    error: str = ""
    help: str = ""
    picks: str = ""


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group of the form with its members in order."""

    place: str
    modes: tuple[Choice, ...]
    members: tuple[ShownCondition | ShownGroup, ...]
    can_nest: bool
    is_top: bool
    is_group: bool = True


def _page(
    request: Asked, spec: RecordSpec, draft: Draft, base: str, wrong: UnreadableFilter | None = None
) -> HttpResponse:
    names = Names(request.user)
    shown = _Form(request, spec, names, wrong).form(draft)
    context = {
        "group": shown,
        "base": base,
        "action": reverse("web:record_filter", args=[slug(spec)]),
        "list_url": f"{reverse('web:record_list', args=[slug(spec)])}?{base}",
        "plural": str(spec.plural),
        "sentence": sentence(spec, finished(draft), names) if wrong is None else "",
        "error": wrong.message if wrong is not None and not wrong.field else "",
        "title": _("Filter"),
        "tool": "records/_filter_form.html",
    }
    template = "records/_filter_form.html" if request.headers.get("HX-Request") else "records/tool.html"
    return render(request, template, context, status=422 if wrong is not None else 200)


class _Form:
    """Makes what the form shows out of a draft."""

    def __init__(self, request: Asked, spec: RecordSpec, names: Names, wrong: UnreadableFilter | None) -> None:
        self._spec, self._names, self._wrong = spec, names, wrong
        rights = access.field_rights(request.user, spec)
        readable = [each for each in spec.by_name.values() if rights.reads(each.name)]
        self._fields = sorted(readable, key=lambda described: str(described.label).casefold())
        self._wrong_at: tuple[int, ...] | None = None
        self._user = request.user

    def form(self, draft: Draft) -> ShownGroup:
        """Return the whole form."""
        if self._wrong is not None:
            self._wrong_at = (0, *_in_draft(draft, self._wrong.place))
        return self.group(draft, (0,))

    def group(self, draft: Draft, place: tuple[int, ...]) -> ShownGroup:
        """Return a group with its members."""
        inner = draft.get("not", draft)
        mode = "none" if "not" in draft else "all" if "all" in draft else "any"
        labels = (_("all of these"), _("any of these"), _("none of these"))
        members = inner["all" if "all" in inner else "any"]
        return ShownGroup(
            place=_name(place),
            modes=tuple(Choice(each, label, chosen=each == mode) for each, label in zip(MODES, labels, strict=True)),
            members=tuple(self._member(each, (*place, at)) for at, each in enumerate(members)),
            can_nest=len(place) < DEEPEST,
            is_top=len(place) == 1,
        )

    def _member(self, draft: Draft, place: tuple[int, ...]) -> ShownCondition | ShownGroup:
        is_group = "all" in draft or "any" in draft or "not" in draft
        if is_group and "not" in draft and "any" not in draft["not"]:
            draft = {"not": {"any": [draft["not"]]}}
        return self.group(draft, place) if is_group else self._condition(draft, place)

    def _condition(self, draft: Draft, place: tuple[int, ...]) -> ShownCondition:
        described = self._spec.by_name.get(str(draft.get("field", "")))
        described = described if described in self._fields else None
        op = str(draft.get("op", "is"))
        value = draft.get("value", "")
        values = tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)
        is_wrong = self._wrong_at == place
        widget = _widget(described, op) if described is not None else "none"
        return ShownCondition(
            place=_name(place),
            fields=tuple(
                Choice(each.name, str(each.label), chosen=described is not None and each.name == described.name)
                for each in self._fields
            ),
            operators=tuple(Choice(each, str(OPERATORS[each]), chosen=each == op) for each in _offered(described)),
            widget=widget,
            values=self._shown(widget, self._written(described, op, values)),
            choices=tuple(self._choices(described, op, values)) if described is not None else (),
            label=str(described.label) if described is not None else _("Value"),
            error=self._wrong.message if is_wrong and self._wrong is not None else "",
            help=_("Parted by commas.") if op in SEVERAL and widget == "text" else "",
            picks=offers_of(described) if described is not None and op not in SEVERAL else "",
        )

    def _written(self, described: FieldSpec | None, op: str, values: tuple[str, ...]) -> tuple[str, ...]:
        """Return values as the form writes them: a record by its name, where it stands alone."""
        if described is None or described.type is not FieldType.RECORD or op in SEVERAL:
            return values
        spec = registry.get(described.to)
        return tuple(
            written(spec, self._names.of(described, each), int(each)) if each.isdecimal() else each for each in values
        )

    @staticmethod
    def _shown(widget: str, values: tuple[str, ...]) -> tuple[str, ...]:
        if widget in ("days_between", "numbers_between"):
            return (*values, "", "")[:2]
        if widget in ("choice", "choices"):
            return values
        return (", ".join(values),)

    def _choices(self, described: FieldSpec, op: str, values: Sequence[str]) -> Iterator[Choice]:
        for value, label in self._offered_values(described, op, values):
            yield Choice(value, label, chosen=value in values)

    def _offered_values(self, described: FieldSpec, op: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
        if described.type in TIMES:
            if op == "in":
                own = [value for value in values if value and value not in RELATIVE_DAYS]
                yield from ((name, day_in_words(name)) for name in (*RELATIVE_DAYS, *own))
        elif described.type is FieldType.USER:
            yield from ((ME, _("Me")), (MY_TEAM, _("My team")))
            self._names.of(described, "")
            yield from (self._names.people or {}).items()
        elif described.type is FieldType.TEAM:
            yield MY_TEAM, _("My team")
            teams = access.grants(self._user).team_names
            yield from ((str(key), name) for key, name in sorted(teams.items(), key=lambda item: item[1]))
        elif described.type is FieldType.BOOLEAN:
            yield from (("yes", _("Yes")), ("no", _("No")))
        else:
            yield from ((choice.value, str(choice.label)) for choice in described.choices)


def _in_draft(draft: Draft, place: Sequence[int]) -> tuple[int, ...]:
    """Return where a condition of the filter stands in the form, which shows a negated group as one group."""
    found: list[int] = []
    node: Any = draft
    for step in place:
        if isinstance(node, dict) and "not" in node:
            node = node["not"]
            if "any" not in node and "all" not in node:
                found.append(0)
            continue
        found.append(step)
        members = node.get("all") or node.get("any") or []
        node = members[step] if step < len(members) else {}
    return tuple(found)


def _offered(described: FieldSpec | None) -> tuple[str, ...]:
    return operators_of(described) if described is not None else ()


def _widget(described: FieldSpec, op: str) -> str:
    if op in VALUELESS:
        return "none"
    if described.type in TIMES:
        return {"in": "choice", "between": "days_between"}.get(op, "number" if op in COUNTS else "day")
    if op == "between":
        return "numbers_between"
    chosen = described.choices or described.type in (FieldType.USER, FieldType.TEAM, FieldType.BOOLEAN)
    if chosen and not (described.open_choices and op in ("contains", "starts_with")):
        return "choices" if op in SEVERAL else "choice"
    return "text"
