"""Addresses of the pages of variants."""

from __future__ import annotations

from django.urls import path

from throughline.web.variants import segments, views

urlpatterns = [
    path("procedures/<slug:key>/variants/", views.show_all, name="procedure_variants"),
    path("procedures/<slug:key>/variants/new/", views.create, name="variant_new"),
    path("procedures/<slug:key>/variants/taken/", views.preview, name="variant_taken"),
    path("procedures/<slug:key>/segments/", segments.show, name="procedure_segments"),
    path("procedures/<slug:key>/variant/", views.show_one, name="variant"),
    path("procedures/<slug:key>/variant/rule/", views.change_rule, name="variant_rule"),
    path("procedures/<slug:key>/variant/decisions/", views.decide, name="variant_decisions"),
    path("procedures/<slug:key>/variant/retirement/", views.retire, name="variant_retirement"),
]
