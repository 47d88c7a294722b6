"""Addresses of queues; they stand before those of any record."""

from __future__ import annotations

from django.urls import path

from throughline.web.queues import views

urlpatterns = [
    path("queues/<int:queue_id>/next/", views.take, name="queue_next"),
    path("queues/<int:queue_id>/people/", views.people, name="queue_people"),
    path("queues/<int:queue_id>/people/<int:user_id>/end/", views.remove, name="queue_person"),
]
