"""The address of the page of before and after."""

from __future__ import annotations

from django.urls import path

from throughline.web.effect import views

urlpatterns = [path("procedures/<slug:key>/effect/", views.show, name="procedure_effect")]
