"""Addresses of the pages of split tests."""

from __future__ import annotations

from django.urls import path

from throughline.web.split_tests import views

urlpatterns = [
    path("procedures/<slug:key>/split-tests/", views.show_all, name="split_tests"),
    path("procedures/<slug:key>/split-tests/new/", views.create, name="split_test_new"),
    path("procedures/<slug:key>/split-tests/<int:test_id>/", views.show_one, name="split_test"),
    path("procedures/<slug:key>/split-tests/<int:test_id>/beginning/", views.begin, name="split_test_begin"),
    path("procedures/<slug:key>/split-tests/<int:test_id>/end/", views.end, name="split_test_end"),
]
