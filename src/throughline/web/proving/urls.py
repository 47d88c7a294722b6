"""Addresses of test cases."""

from __future__ import annotations

from django.urls import path

from throughline.web.proving import in_drawing, recording, views, walking

urlpatterns = [
    path("procedures/<slug:key>/tests/", views.show_tests, name="procedure_tests"),
    path("procedures/<slug:key>/tests/run/", views.run, name="tests_run"),
    path("procedures/<slug:key>/tests/walk/", walking.show_walk, name="test_walk"),
    path("procedures/<slug:key>/walk/", in_drawing.walk_on, name="drawing_walk"),
    path("procedures/<slug:key>/tests/<int:test_id>/", views.show_test, name="procedure_test"),
    path("procedures/<slug:key>/tests/<int:test_id>/removal/", views.remove, name="test_removal"),
    path("procedures/<slug:key>/tests/<int:test_id>/acceptance/", views.accept, name="test_acceptance"),
    path("procedures/<slug:key>/cases/<int:case_id>/test/", recording.show_recording, name="case_test"),
]
