"""
From what people, files and charts give to what a field stores: one table of readers by field type.

Every reader takes a value of any door (text of a form or file, a Python or FEEL-made value) and returns the stored
form, or raises ``ValueError`` with one sentence in the user's words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q

from throughline.core.identity.models import Team, User
from throughline.core.recordref import RecordRef
from throughline.core.records.spec import TEXTS, FieldSpec, FieldType, RecordSpec
from throughline.core.records.text import clean, normal_email, normal_phone, normal_tags
from throughline.core.refusals import Refusal
from throughline.flow.temporal import Date, DateTime, DayTimeDuration
from throughline.flow.values import to_python

Reader = Callable[[FieldSpec, Any], Any]


def read_values(
    spec: RecordSpec, given: Mapping[str, Any], *, partial: bool, through: Collection[str] = ()
) -> dict[str, Any]:
    """
    Return stored values by field name for values given by field name.

    ``partial`` reads a change; otherwise a whole new record, where required fields must be there. ``through`` names
    fields of linked records that are taken as well.

    Raises:
        Refusal: with one sentence per field that cannot be stored.
    """
    problems: dict[str, str] = {}
    stored: dict[str, Any] = {}
    for name, value in given.items():
        described = spec.by_name.get(name)
        if described is None or not _is_writable(described, partial, through):
            problems[name] = f"{spec.plural} have no field {name} that can be written."
            continue
        try:
            stored[name] = read_value(described, value)
        except ValueError as wrong:
            problems[name] = str(wrong)
    if not partial:
        for described in spec.fields:
            if described.default is not None and described.name not in given:
                stored[described.name] = described.default
    for described in spec.fields:
        absent = described.name not in stored if not partial else False
        if described.required and (absent or stored.get(described.name, True) in ("", None)):
            problems.setdefault(described.name, f"{described.label} is needed.")
    if problems:
        raise Refusal("unreadable_values", " ".join(problems.values()), fields=problems)
    return stored


def _is_writable(described: FieldSpec, partial: bool, through: Collection[str]) -> bool:
    if described.is_through:
        return described.name in through
    return not described.read_only or (described.at_creation and not partial)


def read_value(described: FieldSpec, value: Any) -> Any:
    """
    Return the stored form of one value; what is empty becomes "" for text and choices, None for anything else.

    Raises:
        ValueError: it is not of the field's type, in the user's words.
    """
    if isinstance(value, (Date, DateTime, DayTimeDuration)):
        value = to_python(value)
    if _is_empty(value):
        return _EMPTY.get(described.type, lambda: None)()
    return READERS[described.type](described, value)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(described: FieldSpec, value: Any) -> str:
    if isinstance(value, (Mapping, list)):
        raise ValueError(f"{described.label} takes a text.")  # noqa: TRY004 - a reader's one way to say no
    text = clean(str(value))
    if described.max_length and len(text) > described.max_length:
        raise ValueError(
            f"{described.label} is {len(text)} characters long; {described.max_length} are kept. Shorten it."
        )
    return text


def _boolean(described: FieldSpec, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f'{described.label} takes yes or no, not "{value}".')


_TRUE = frozenset({"true", "yes", "y", "1", "on", "x", "ja", "是"})
_FALSE = frozenset({"false", "no", "n", "0", "off", "nein", "否"})


def _number(described: FieldSpec, value: Any) -> Decimal:
    if isinstance(value, bool):
        raise ValueError(f"{described.label} takes a number.")  # noqa: TRY004
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip().replace(" ", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f'{described.label} takes a number such as 1250.50, not "{value}".')
    return number


def _integer(described: FieldSpec, value: Any) -> int:
    number = _number(described, value)
    if number != number.to_integral_value() or abs(number) >= 2**31:
        raise ValueError(f'{described.label} takes a whole number, not "{value}".')
    if described.bounds is not None and not described.bounds[0] <= number <= described.bounds[1]:
        low, high = described.bounds
        raise ValueError(f"{described.label} goes from {low} to {high}, but “{value}” lies outside.")
    return int(number)


def _money(described: FieldSpec, value: Any) -> Decimal:
    amount = _number(described, value)
    if abs(amount) >= Decimal(10) ** 16:
        raise ValueError(f"{described.label} is too large to be kept.")
    return amount.quantize(Decimal("0.01"))


def _day(described: FieldSpec, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f'{described.label} takes a day such as 2026-03-31, not "{value}".') from None


def _instant(described: FieldSpec, value: Any) -> datetime:
    if isinstance(value, datetime):
        moment = value
    else:
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise ValueError(
                f'{described.label} takes a date and time such as 2026-03-31T14:00+02:00, not "{value}".'
            ) from None
    if moment.tzinfo is None:
        raise ValueError(f"{described.label} needs a time zone, as in 2026-03-31T14:00+02:00.")
    return moment


def _seconds(described: FieldSpec, value: Any) -> int:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return _integer(described, value)


def _choice(described: FieldSpec, value: Any) -> str:
    text = clean(str(value))
    for choice in described.choices:
        if text.casefold() in (choice.value.casefold(), choice.label.casefold()):
            return choice.value
    if described.open_choices:
        return _text(described, text)
    names = ", ".join(choice.label for choice in described.choices)
    raise ValueError(f'{described.label} takes one of {names}, not "{value}".')


def _choices(described: FieldSpec, value: Any) -> list[str]:
    words = value.split(",") if isinstance(value, str) else list(value)
    return list(dict.fromkeys(_choice(described, word) for word in words if str(word).strip()))


def _tags(described: FieldSpec, value: Any) -> list[str]:
    words = value.split(",") if isinstance(value, str) else list(value)
    if not all(isinstance(word, str) for word in words):
        raise ValueError(f"{described.label} takes words.")
    tags = normal_tags(words)
    if any(len(tag) > 60 for tag in tags):
        raise ValueError("A tag has at most 60 characters. Shorten it.")
    return tags


def _list(described: FieldSpec, value: Any) -> list[Any]:
    if isinstance(value, str):
        return [clean(part) for part in value.split(";" if ";" in value else ",") if part.strip()]
    if isinstance(value, (list, tuple)):
        return list(value)
    raise ValueError(f"{described.label} takes a list.")


def _address(described: FieldSpec, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {str(key): clean(str(part)) for key, part in value.items()}
    return {"text": _text(described, value)}


def _user(described: FieldSpec, value: Any) -> int:
    people = User.objects.filter(is_active=True)
    text = str(value).strip()
    found = _by_key(people, value) or people.filter(email=text.lower()).values_list("pk", flat=True).first()
    if found is not None:
        return found
    called = list(people.filter(name__iexact=text).values_list("pk", flat=True)[:2])
    if len(called) > 1:
        raise ValueError(f'{described.label}: several people are called "{text}". Use the e-mail address.')
    if not called:
        raise ValueError(f'{described.label}: nobody here is "{value}". Choose a colleague or an e-mail address.')
    return called[0]


def _team(described: FieldSpec, value: Any) -> int:
    found = (
        _by_key(Team.objects.all(), value)
        or Team.objects.filter(retired_at=None)
        .filter(Q(key=str(value)) | Q(name__iexact=str(value).strip()))
        .order_by("pk")
        .values_list("pk", flat=True)
        .first()
    )
    if found is None:
        raise ValueError(f'{described.label}: there is no team "{value}".')
    return found


def _by_key(rows: Any, value: Any) -> int | None:
    if isinstance(value, (User, Team)):
        return value.pk
    if isinstance(value, bool) or not (isinstance(value, (int, Decimal)) or str(value).isdecimal()):
        return None
    key: int | None = rows.filter(pk=int(value)).values_list("pk", flat=True).first()
    return key


def _record(described: FieldSpec, value: Any) -> int:
    from throughline.core.records import registry

    key = value.id if isinstance(value, RecordRef) else getattr(value, "pk", value)
    rows = registry.get(described.to).model._default_manager.filter(deleted_at=None)
    found = _by_key(rows, key)
    if found is None:
        raise ValueError(f"{described.label}: there is no such {described.to}. Choose one from the list.")
    return found


READERS: dict[FieldType, Reader] = {
    **dict.fromkeys(TEXTS, _text),
    FieldType.EMAIL: lambda described, value: normal_email(_text(described, value)),
    FieldType.PHONE: lambda described, value: normal_phone(_text(described, value)),
    FieldType.BOOLEAN: _boolean,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _money,
    FieldType.DATE: _day,
    FieldType.DATETIME: _instant,
    FieldType.DURATION: _seconds,
    FieldType.CHOICE: _choice,
    FieldType.MULTI_CHOICE: _choices,
    FieldType.TAGS: _tags,
    FieldType.LIST: _list,
    FieldType.ADDRESS: _address,
    FieldType.USER: _user,
    FieldType.TEAM: _team,
    FieldType.RECORD: _record,
}

_EMPTY: dict[FieldType, Callable[[], Any]] = {
    **dict.fromkeys((*TEXTS, FieldType.CHOICE), str),
    FieldType.BOOLEAN: lambda: False,
    FieldType.MULTI_CHOICE: list,
    FieldType.TAGS: list,
    FieldType.LIST: list,
    FieldType.ADDRESS: dict,
}


def column_of(described: FieldSpec) -> str:
    """Return the path to the stored value of a field that belongs to the record itself."""
    return described.column


def plain(value: Any) -> Any:
    """Return a stored value as the journal keeps it: instants and days in ISO form, numbers exact."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(part) for part in value]
    return value
