"""Addresses of data quality."""

from __future__ import annotations

from django.urls import path

from throughline.web.quality import views

urlpatterns = [path("quality/", views.show, name="quality")]
