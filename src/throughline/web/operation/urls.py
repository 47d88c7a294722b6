"""Addresses of the page of operation."""

from __future__ import annotations

from django.urls import path

from throughline.web.operation import views

urlpatterns = [
    path("operation/", views.show, name="operation"),
    path("operation/connections/<path:key>/pause/", views.pause, name="connection_pause"),
    path("operation/connections/<path:key>/resumption/", views.resume, name="connection_resumption"),
]
