"""Addresses of records: ``/leads/``, ``/leads/board/``, ``/leads/7/`` and what belongs to a record."""

from __future__ import annotations

from django.urls import path, register_converter

from throughline.core.records import RecordSpec, registry
from throughline.web.records import forms, lists, pages, verbs, writes
from throughline.web.records.present import slug
from throughline.web.work import views as work


class RecordTypeConverter:
    """The plural of a record type in an address; other words are left to other addresses."""

    regex = "[a-z][a-z-]*"

    def to_python(self, value: str) -> RecordSpec:
        """Return the record type of this name."""
        for spec in registry.everything():
            if slug(spec) == value:
                return spec
        raise ValueError(value)

    def to_url(self, value: RecordSpec | str) -> str:
        """Write a record type, or its name in addresses."""
        return value if isinstance(value, str) else slug(value)


register_converter(RecordTypeConverter, "records")

urlpatterns = [
    path("<records:spec>/", lists.show_list, name="record_list"),
    path("<records:spec>/board/", lists.show_board, name="record_board"),
    path("<records:spec>/new/", forms.create, name="record_new"),
    path("<records:spec>/bulk/", writes.change_many, name="record_bulk"),
    path("<records:spec>/<int:record_id>/", pages.show, name="record"),
    path("<records:spec>/<int:record_id>/edit/", forms.edit, name="record_edit"),
    path("<records:spec>/<int:record_id>/fields/<slug:name>/", forms.edit_field, name="record_field"),
    path("<records:spec>/<int:record_id>/column/", writes.move, name="record_move"),
    path("<records:spec>/<int:record_id>/tags/", writes.tag, name="record_tags"),
    path("<records:spec>/<int:record_id>/notes/", writes.note, name="record_notes"),
    path("<records:spec>/<int:record_id>/cases/", writes.start, name="record_cases"),
    path("<records:spec>/<int:record_id>/bin/", writes.put_into_bin, name="record_bin"),
    path("<records:spec>/<int:record_id>/restoration/", writes.restore, name="record_restore"),
    path("<records:spec>/<int:record_id>/deeds/<str:name>/", verbs.do, name="record_deed"),
    path("<records:spec>/<int:record_id>/steps/", work.show_steps, name="record_steps"),
    path("<records:spec>/<int:record_id>/timeline/", pages.older, name="record_timeline"),
]
