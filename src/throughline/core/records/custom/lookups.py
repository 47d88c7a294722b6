"""The forms of ``records.stored`` as SQL: ``custom__budget__as_number`` is a number wherever Django takes a path."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Transform
from django.db.models.fields.json import KeyTransform

from throughline.core.records import stored


class Form(Transform):
    """A key of a JSON column in a typed form: see ``TEMPLATES``."""

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        """Write the template; an index on the same expression serves it."""
        key = self.lhs
        if not isinstance(key, KeyTransform):
            raise TypeError(f"Expected {self.lookup_name} to follow a key of a JSON column, but it follows {key!r}.")
        column, params, keys = key.preprocess_lhs(compiler, connection)
        return expression(str(self.lookup_name), column, keys[-1]), params


TEMPLATES: dict[str, str] = {
    stored.AS_TEXT: "coalesce({column} ->> {key}, '')",
    stored.AS_INTEGER: "(({column} ->> {key})::bigint)",
    stored.AS_NUMBER: "(({column} ->> {key})::numeric)",
    stored.AS_BOOLEAN: "coalesce(({column} ->> {key})::boolean, false)",
    stored.AS_DAY: "custom_day({column}, {key})",
    stored.AS_INSTANT: "custom_instant({column}, {key})",
    stored.AS_LIST: "custom_list({column}, {key})",
}
"""Form → SQL. The functions are of the migration: they say that these texts mean the same under any setting."""


def expression(form: str, column: str, key: str) -> str:
    """Return the SQL of a form of a key; the key is a literal, so that the planner knows the index."""
    literal = "'" + key.replace("'", "''") + "'"
    return TEMPLATES[form].format(column=column, key=literal)


OUTPUT: dict[str, models.Field[Any, Any]] = {
    stored.AS_TEXT: models.TextField(),
    stored.AS_INTEGER: models.BigIntegerField(),
    stored.AS_NUMBER: models.DecimalField(max_digits=1000, decimal_places=30),
    stored.AS_BOOLEAN: models.BooleanField(),
    stored.AS_DAY: models.DateField(),
    stored.AS_INSTANT: models.DateTimeField(),
    stored.AS_LIST: ArrayField(models.TextField()),
}


def register() -> None:
    """Let JSON columns know the forms."""
    for name, output in OUTPUT.items():
        form = type(name, (Form,), {"lookup_name": name, "output_field": output})
        models.JSONField.register_lookup(form)
