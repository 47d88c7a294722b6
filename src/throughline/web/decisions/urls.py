"""Addresses of the pages of decision tables."""

from __future__ import annotations

from django.urls import path

from throughline.web.decisions import in_place, views

urlpatterns = [
    path("decisions/", views.show_list, name="decisions"),
    path("decisions/new/", views.create, name="decision_new"),
    path("decisions/check/", views.check, name="decision_check"),
    path("decisions/trial/", views.decide, name="decision_trial"),
    path("decisions/<slug:key>/", views.edit, name="decision"),
    path("decisions/<slug:key>/model/", in_place.show_model, name="decision_model"),
    path("procedures/<slug:key>/tables/", in_place.make, name="step_table"),
    path("decisions/<slug:key>/draft/", views.keep_draft, name="decision_draft"),
    path("decisions/<slug:key>/publication/", views.publish_draft, name="decision_publication"),
]
