"""Addresses of activities; they stand before those of any record."""

from __future__ import annotations

from django.urls import path

from throughline.web.activities import views
from throughline.web.records import urls as _records

assert _records  # registers the converter ``records``

urlpatterns = [
    path("activities/<int:activity_id>/completion/", views.complete, name="activity_completion"),
    path("activities/<int:activity_id>/cancellation/", views.cancel, name="activity_cancellation"),
    path("<records:spec>/<int:record_id>/activities/new/", views.create, name="activity_new"),
]
