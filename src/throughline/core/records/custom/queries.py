"""Reads of definitions for the settings pages."""

from __future__ import annotations

from throughline.core.records.custom.models import CustomField, CustomType, Rule
from throughline.core.records.models import SavedView
from throughline.core.records.spec import RecordSpec
from throughline.core.refusals import NotFound


def field_of_key(*, record_type: str, key: str) -> CustomField:
    """
    Return a custom field that is not retired.

    Raises:
        NotFound: there is none.
    """
    found = CustomField.objects.filter(record_type=record_type, key=key, retired_at=None).first()
    if found is None:
        raise NotFound("There is no such field. Look at the list of fields.")
    return found


def rule_of_key(*, record_type: str, rule_id: int) -> Rule:
    """
    Return a validation rule that is not retired.

    Raises:
        NotFound: there is none.
    """
    found = Rule.objects.filter(pk=rule_id, record_type=record_type, retired_at=None).first()
    if found is None:
        raise NotFound("There is no such rule. Look at the list of rules.")
    return found


def type_of_key(*, key: str) -> CustomType:
    """
    Return a custom record type, retired or not.

    Raises:
        NotFound: there is none.
    """
    found = CustomType.objects.filter(key=key).first()
    if found is None:
        raise NotFound("There is no such record type. Look at the list.")
    return found


def retired_types() -> list[CustomType]:
    """Return the retired record types."""
    return list(CustomType.objects.exclude(retired_at=None).order_by("label"))


def filled_count(*, spec: RecordSpec, key: str) -> int:
    """Return in how many records a custom field is filled."""
    return spec.model._default_manager.filter(custom__has_key=key, deleted_at=None).count()


def views_that_use(*, record_type: str, key: str) -> list[SavedView]:
    """Return the saved views whose filter, sorting or columns name a field, whoever they belong to."""
    found = SavedView.objects.filter(record_type=record_type).select_related("owner").order_by("name", "id")
    return [view for view in found if key in view.columns or view.sort.lstrip("-") == key or _names(view.filter, key)]


def _names(node: object, key: str) -> bool:
    if isinstance(node, dict):
        return node.get("field") == key or any(_names(part, key) for part in node.values())
    return isinstance(node, list) and any(_names(part, key) for part in node)
