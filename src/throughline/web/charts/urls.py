"""Addresses of derived charts."""

from __future__ import annotations

from django.urls import include, path

from throughline.web.charts import arranging, own, planning, views

urlpatterns = [
    path("", include("throughline.web.discussion.urls")),
    path("", include("throughline.web.playbook.urls")),
    path("", include("throughline.web.sketches.urls")),
    path("charts/", views.show_all, name="charts"),
    path("charts/own/", own.begin, name="chart_begin"),
    path("charts/own/<int:chart_id>/", own.show, name="chart_own"),
    path("charts/own/<int:chart_id>/forgetting/", own.forget, name="chart_forgetting"),
    path("charts/plan/", planning.change, name="chart_plan"),
    path("charts/types/", views.show_types, name="chart_types"),
    path("charts/roles/", views.show_roles, name="chart_roles"),
    path("charts/pipelines/<slug:pipeline>/", views.show_pipeline, name="chart_pipeline"),
    path("charts/cases/<slug:kind>/<int:record_id>/", views.show_case, name="chart_case"),
    path("procedures/<slug:key>/charts/", views.show_procedure, name="procedure_charts"),
    path("procedures/<slug:key>/arrangement/", arranging.arrange, name="procedure_arrangement"),
]
