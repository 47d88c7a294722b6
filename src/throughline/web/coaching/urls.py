"""Addresses of coaching."""

from __future__ import annotations

from django.urls import path

from throughline.web.coaching import views

urlpatterns = [
    path("coaching/", views.show_all, name="coaching"),
    path("coaching/<int:person_id>/", views.show_person, name="coaching_person"),
    path("coaching/<int:person_id>/notes/", views.add_note, name="coaching_notes"),
    path("coaching/notes/<int:note_id>/withdrawal/", views.take_back, name="coaching_note_withdrawal"),
]
