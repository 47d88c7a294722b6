"""Addresses of the guided path."""

from __future__ import annotations

from django.urls import path

from throughline.web.guide import journey, views

urlpatterns = [
    path("guide/new/", views.begin, name="guide_new"),
    path("procedures/<slug:key>/guide/", views.resume, name="procedure_guide"),
    path("procedures/<slug:key>/journey/", journey.show, name="customer_journey"),
    path("procedures/<slug:key>/guide/<slug:step>/", views.answer, name="guide_step"),
]
