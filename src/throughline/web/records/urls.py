"""Addresses of records: ``/leads/``, ``/leads/board/``, ``/leads/7/`` and what belongs to a record."""

from __future__ import annotations

from django.urls import path, register_converter

from throughline.core.records import RecordSpec, registry
from throughline.web.records import (
    bins,
    builder,
    bulk,
    cells,
    dates,
    exports,
    forms,
    lists,
    pages,
    picks,
    verbs,
    views,
    writes,
)
from throughline.web.records.present import slug
from throughline.web.work import views as work


class RecordTypeConverter:
    """The plural of a record type in an address; other words are left to other addresses."""

    regex = "[a-z][a-z-]*"

    def to_python(self, value: str) -> RecordSpec:
        """Return the record type of this name."""
        found = registry.find_by_address(value)
        if found is None:
            raise ValueError(value)
        return found

    def to_url(self, value: RecordSpec | str) -> str:
        """Write a record type, or its name in addresses."""
        return value if isinstance(value, str) else slug(value)


register_converter(RecordTypeConverter, "records")

urlpatterns = [
    path("<records:spec>/", lists.show_list, name="record_list"),
    path("<records:spec>/board/", lists.show_board, name="record_board"),
    path("<records:spec>/new/", forms.create, name="record_new"),
    path("<records:spec>/calendar/", dates.show_calendar, name="record_calendar"),
    path("<records:spec>/timeline/", dates.show_timeline, name="record_spans"),
    path("<records:spec>/rows/", lists.show_rows, name="record_rows"),
    path("<records:spec>/totals/", lists.show_totals, name="record_totals"),
    path("<records:spec>/picks/", picks.offer, name="record_picks"),
    path("<records:spec>/filter/", builder.edit, name="record_filter"),
    path("<records:spec>/columns/", views.columns, name="record_columns"),
    path("<records:spec>/views/", views.save, name="record_views"),
    path("<records:spec>/views/first/", views.open_first, name="record_view_first"),
    path("<records:spec>/views/<int:view_id>/", views.edit, name="record_view"),
    path("<records:spec>/export/<slug:form>/", exports.download, name="record_export"),
    path("<records:spec>/bin/", bins.show, name="record_bin_list"),
    path("<records:spec>/bin/restorations/", bins.restore_many, name="record_restorations"),
    path("<records:spec>/bulk/", bulk.start, name="record_bulk"),
    path("<records:spec>/bulk/change/", bulk.change, name="record_bulk_change"),
    path("<records:spec>/changes/", bulk.show_all, name="record_changes"),
    path("<records:spec>/changes/<int:run_id>/", bulk.show, name="record_bulk_run"),
    path("<records:spec>/changes/<int:run_id>/undoing/", bulk.undo, name="record_bulk_undo"),
    path("<records:spec>/changes/<int:run_id>/stop/", bulk.stop, name="record_bulk_stop"),
    path("<records:spec>/<int:record_id>/", pages.show, name="record"),
    path("<records:spec>/<int:record_id>/edit/", forms.edit, name="record_edit"),
    path("<records:spec>/<int:record_id>/fields/<slug:name>/", forms.edit_field, name="record_field"),
    path("<records:spec>/<int:record_id>/dates/", dates.move, name="record_dates"),
    path("<records:spec>/<int:record_id>/cells/<slug:name>/", cells.edit, name="record_cell"),
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
