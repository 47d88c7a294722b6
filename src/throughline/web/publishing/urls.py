"""Addresses of publishing, approving and looking after procedures."""

from __future__ import annotations

from django.urls import path

from throughline.web.publishing import care, views

urlpatterns = [
    path("procedures/<slug:key>/publishing/", views.show_publishing, name="procedure_publishing"),
    path("procedures/<slug:key>/approvals/", views.ask, name="publish_approvals"),
    path("procedures/<slug:key>/approvals/<int:approval_id>/", views.decide, name="publish_approval"),
    path("procedures/<slug:key>/retirement/", views.retire_version, name="procedure_retirement"),
    path("procedures/<slug:key>/care/", care.show_care, name="procedure_care"),
    path("procedures/<slug:key>/reviews/", care.review_now, name="procedure_review"),
]
