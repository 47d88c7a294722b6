"""Addresses of people beside those of any record."""

from __future__ import annotations

from django.urls import path

from throughline.web.people import consents, stages

urlpatterns = [
    path("contacts/<int:contact_id>/stage/", stages.move, name="contact_stage"),
    path("contacts/<int:contact_id>/consents/", consents.record, name="consents"),
    path("contacts/<int:contact_id>/consents/withdrawal/", consents.withdraw, name="consent_withdrawal"),
]
