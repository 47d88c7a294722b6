"""Addresses of the sample company."""

from __future__ import annotations

from django.urls import path

from throughline.web.sample import views

urlpatterns = [
    path("sample-company/", views.show, name="sample"),
    path("sample-company/end/", views.end, name="sample_end"),
]
