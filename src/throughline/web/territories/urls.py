"""Addresses of what the pages of territories have beyond those of any record, which come after them."""

from __future__ import annotations

from django.urls import path

from throughline.web.territories import views

urlpatterns = [
    path("territories/<int:territory_id>/rule/", views.change_rule, name="territory_rule"),
    path("settings/territories/", views.former),
    path("settings/territories/new/", views.former_new),
    path("settings/territories/<slug:key>/", views.former),
]
