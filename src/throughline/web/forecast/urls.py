"""Addresses of the forecast."""

from __future__ import annotations

from django.urls import path

from throughline.web.forecast import views

urlpatterns = [
    path("forecast/", views.show, name="forecast"),
    path("forecast/targets/", views.targets, name="forecast_targets"),
    path("forecast/accuracy/", views.show_accuracy, name="forecast_accuracy"),
    path("forecast/snapshots/", views.keep, name="forecast_snapshots"),
]
