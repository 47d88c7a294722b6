"""Many values as one parameter of a statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Field, ForeignKey, Lookup, Q


def array_of(values: Sequence[Any]) -> Any:
    """
    Return many values as one parameter of a statement that casts it to an array.

    Texts and whole numbers go as the text of an array: of a list the driver looks at each value by itself, which takes
    longer than what the database does with it.
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == {str}:
        return '{"' + '","'.join([text.replace("\\", r"\\").replace('"', r"\"") for text in values]) + '"}'
    return list(values)


@ForeignKey.register_lookup
@Field.register_lookup
class AnyOf(Lookup):
    """``column = ANY(array)``: one parameter however many values, where ``IN`` has one for each (see ``any_of``)."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return the condition, the array with the type of the column; nothing is asked when there are no values."""
        if not self.rhs:
            raise EmptyResultSet
        left, params = self.process_lhs(compiler, connection)
        field: Any = self.lhs.output_field
        kind = field.cast_db_type(connection) or field.db_type(connection)
        kind = {"bigserial": "bigint", "serial": "integer"}.get(kind, kind)
        return f"{left} = ANY(%s::{kind}[])", (*params, self.rhs.parameter)


class _Values:
    """The values of an array: no list, because Django would look at each value of one by itself."""

    def __init__(self, values: Iterable[Any]) -> None:
        given = list(values)
        self.count, self.parameter = len(given), array_of(given)

    def __len__(self) -> int:
        return self.count


def any_of(column: str, values: Iterable[Any]) -> Q:
    """
    Return the condition that a column has one of many values.

    The driver takes ten times as long to write 5,000 parameters as the database to answer.
    """
    return Q(**{f"{column}__any_of": _Values(values)})


def any_text(column: str, values: Iterable[str]) -> Q:
    """
    Return the condition that a column of text has one of many values, none of them empty.

    It says so, for indexes that leave empty texts out: the planner looks into short arrays only.
    """
    return any_of(column, values) & ~Q(**{column: ""})
