"""Addresses of promises."""

from __future__ import annotations

from django.urls import path

from throughline.web.promises import views
from throughline.web.records import urls as _records
from throughline.web.work import loose

assert _records  # registers the converter ``records``

urlpatterns = [
    path("promises/<int:promise_id>/settled/", views.settle, name="promise_settled"),
    path("promises/<int:promise_id>/reopened/", views.reopen, name="promise_reopened"),
    path("<records:spec>/<int:record_id>/loose-end/", loose.mend, name="loose_end"),
    path("<records:spec>/<int:record_id>/promises/new/", views.create, name="promise_new"),
]
