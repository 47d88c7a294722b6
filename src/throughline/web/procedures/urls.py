"""Addresses of the pages of procedures."""

from __future__ import annotations

from django.urls import path

from throughline.web.procedures import drawings, endings, live, views

urlpatterns = [
    path("procedures/", views.show_library, name="procedures"),
    path("procedures/new/", views.create, name="procedure_new"),
    path("drawings/check/", drawings.check_drawing, name="drawing_check"),
    path("expressions/check/", drawings.check_expression, name="expression_check"),
    path("procedures/<slug:key>/draw/", views.draw, name="procedure_draw"),
    path("procedures/<slug:key>/draft/", drawings.keep_draft, name="procedure_draft"),
    path("procedures/<slug:key>/publication/", drawings.publish_draft, name="procedure_publication"),
    path("procedures/<slug:key>/live/", live.show_live, name="procedure_live"),
    path("procedures/<slug:key>/live.json", live.figures, name="procedure_figures"),
    path("procedures/<slug:key>/cases/", endings.show_cases, name="procedure_cases"),
    path("procedures/<slug:key>/steps/<str:node>/", live.show_step, name="procedure_step"),
    path("procedures/<slug:key>/versions/", views.show_versions, name="procedure_versions"),
    path("procedures/<slug:key>/incidents/<int:incident_id>/retry/", live.retry, name="incident_retry"),
]
