"""Addresses of the pages of procedures."""

from __future__ import annotations

from django.urls import path

from throughline.web.procedures import assist, drawings, endings, live, versions, views

urlpatterns = [
    path("procedures/", views.show_library, name="procedures"),
    path("procedures/new/", views.create, name="procedure_new"),
    path("drawings/check/", drawings.check_drawing, name="drawing_check"),
    path("expressions/check/", drawings.check_expression, name="expression_check"),
    path("expressions/preview/", assist.preview, name="expression_preview"),
    path("expressions/records/", assist.records, name="expression_records"),
    path("procedures/<slug:key>/draw/", views.draw, name="procedure_draw"),
    path("procedures/<slug:key>/attendance/", assist.give_sign, name="procedure_attendance"),
    path("procedures/<slug:key>/draft/", drawings.keep_draft, name="procedure_draft"),
    path("procedures/<slug:key>/publication/", drawings.publish_draft, name="procedure_publication"),
    path("procedures/<slug:key>/live/", live.show_live, name="procedure_live"),
    path("procedures/<slug:key>/live.json", live.figures, name="procedure_figures"),
    path("procedures/<slug:key>/cases/", endings.show_cases, name="procedure_cases"),
    path("procedures/<slug:key>/steps/<str:node>/", live.show_step, name="procedure_step"),
    path("procedures/<slug:key>/impact/", versions.show_impact, name="publication_impact"),
    path("procedures/<slug:key>/versions/", versions.show_versions, name="procedure_versions"),
    path("procedures/<slug:key>/versions/difference/", versions.show_diff, name="version_diff"),
    path("procedures/<slug:key>/migrations/new/", versions.new_migration, name="migration_new"),
    path("procedures/<slug:key>/migrations/<int:migration_id>/", versions.show_migration, name="migration"),
    path("procedures/<slug:key>/migrations/<int:migration_id>/stop/", versions.stop, name="migration_stop"),
    path(
        "procedures/<slug:key>/migrations/<int:migration_id>/taking-back/",
        versions.take_back,
        name="migration_taking_back",
    ),
    path("procedures/<slug:key>/incidents/<int:incident_id>/retry/", live.retry, name="incident_retry"),
]
