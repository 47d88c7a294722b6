"""Addresses of trying a draft."""

from __future__ import annotations

from django.urls import path

from throughline.web.trials import views

urlpatterns = [
    path("procedures/<slug:key>/trial/", views.show_trial, name="procedure_trial"),
    path("procedures/<slug:key>/trial/walks/", views.walk, name="trial_walks"),
    path("procedures/<slug:key>/trial/walks/<int:case_id>/time/", views.let_pass, name="trial_time"),
    path("procedures/<slug:key>/trial/remarks/", views.say, name="trial_remarks"),
    path("procedures/<slug:key>/trial/end/", views.end, name="trial_end"),
]
