"""Addresses of the pages of what was mined."""

from __future__ import annotations

from django.urls import path

from throughline.web.mined import views

urlpatterns = [path("procedures/<slug:key>/mined/", views.show, name="procedure_mined")]
