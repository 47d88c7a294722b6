"""Addresses of the playbook."""

from __future__ import annotations

from django.urls import path

from throughline.web.playbook import views

urlpatterns = [
    path("procedures/<slug:key>/playbook/", views.show, name="procedure_playbook"),
    path("procedures/<slug:key>/playbook/reading/", views.confirm, name="playbook_reading"),
    path("procedures/<slug:key>/playbook/check/", views.set_up, name="playbook_check"),
]
