"""Addresses of people beside those of any record."""

from __future__ import annotations

from django.urls import path

from throughline.web.people import affiliations, consents, stages

urlpatterns = [
    path("contacts/<int:contact_id>/stage/", stages.move, name="contact_stage"),
    path("contacts/<int:contact_id>/organizations/", affiliations.add, name="contact_affiliations"),
    path("organizations/<int:organization_id>/people/", affiliations.add_person, name="organization_people"),
    path("affiliations/<int:affiliation_id>/main/", affiliations.main, name="affiliation_main"),
    path("affiliations/<int:affiliation_id>/end/", affiliations.end, name="affiliation_end"),
    path("contacts/<int:contact_id>/consents/", consents.record, name="consents"),
    path("contacts/<int:contact_id>/consents/withdrawal/", consents.withdraw, name="consent_withdrawal"),
]
