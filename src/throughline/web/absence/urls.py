"""Addresses of absence."""

from __future__ import annotations

from django.urls import path

from throughline.web.absence import views

urlpatterns = [
    path("absence/", views.show, name="absence"),
    path("absence/<int:user_id>/", views.show_one, name="absence_of"),
    path("absence/<int:user_id>/entry/", views.enter, name="absence_entry"),
    path("absence/<int:user_id>/competences/", views.change_competences, name="competences"),
    path("absence/<int:user_id>/handover/", views.hand_over, name="handover"),
    path("absence/handovers/<int:handover_id>/back/", views.take_back, name="handover_back"),
]
