"""Addresses of the set-up."""

from __future__ import annotations

from django.urls import path

from throughline.web.setup import views

urlpatterns = [
    path("setup/", views.show, name="setup"),
    path("setup/end/", views.end, name="setup_end"),
    path("setup/logo/", views.logo, name="setup_logo"),
    path("setup/<slug:step>/", views.show_step, name="setup_step"),
]
