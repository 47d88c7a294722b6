"""Addresses of the list of steps."""

from __future__ import annotations

from django.urls import path

from throughline.web.steps import views

urlpatterns = [
    path("procedures/<slug:key>/outline/", views.show, name="procedure_outline"),
    path("procedures/<slug:key>/outline/additions/", views.add, name="step_addition"),
    path("procedures/<slug:key>/outline/undo/", views.undo, name="outline_undo"),
    path("procedures/<slug:key>/outline/redo/", views.redo, name="outline_redo"),
    path("procedures/<slug:key>/outline/<str:node>/settings/", views.set_up, name="step_settings"),
    path("procedures/<slug:key>/outline/<str:node>/ways/", views.lead_on, name="step_ways"),
    path("procedures/<slug:key>/outline/<str:node>/lateness/", views.be_late, name="step_lateness"),
    path("procedures/<slug:key>/outline/<str:node>/place/", views.move, name="step_place"),
    path("procedures/<slug:key>/outline/<str:node>/removal/", views.remove, name="step_removal"),
]
