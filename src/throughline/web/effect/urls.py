"""Addresses of the pages of before and after, and of teams side by side."""

from __future__ import annotations

from django.urls import path

from throughline.web.effect import offices, views

urlpatterns = [
    path("procedures/<slug:key>/effect/", views.show, name="procedure_effect"),
    path("procedures/<slug:key>/offices/", offices.show, name="procedure_offices"),
]
