"""Addresses of incidents and of their repairs."""

from __future__ import annotations

from django.urls import path

from throughline.web.incidents import views

urlpatterns = [
    path("incidents/", views.show_list, name="incidents"),
    path("incidents/<int:incident_id>/", views.show_one, name="incident"),
    path("incidents/repairs/new/", views.prepare, name="repair_new"),
    path("incidents/repairs/", views.decide, name="repairs"),
    path("incidents/repairs/<int:repair_id>/taking-back/", views.take_back, name="repair_taking_back"),
]
