"""Addresses of imports."""

from __future__ import annotations

from django.urls import path

from throughline.web.imports import views

urlpatterns = [
    path("imports/", views.show_list, name="imports"),
    path("imports/new/", views.upload, name="import_new"),
    path("imports/<int:import_id>/", views.show_one, name="import"),
    path("imports/<int:import_id>/columns/", views.columns, name="import_columns"),
    path("imports/<int:import_id>/values/", views.values, name="import_values"),
    path("imports/<int:import_id>/trial/", views.trial, name="import_trial"),
    path("imports/<int:import_id>/start/", views.start, name="import_start"),
    path("imports/<int:import_id>/progress/", views.progress, name="import_progress"),
    path("imports/<int:import_id>/refused/", views.refused, name="import_refused"),
    path("imports/<int:import_id>/decision/", views.decide, name="import_decision"),
    path("imports/<int:import_id>/taking-back/", views.take_back, name="import_taking_back"),
    path("imports/<int:import_id>/discarding/", views.discard, name="import_discarding"),
]
