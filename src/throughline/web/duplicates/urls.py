"""Addresses of duplicates and merges."""

from __future__ import annotations

from django.urls import path

from throughline.web.duplicates import views

urlpatterns = [
    path("duplicates/", views.show_list, name="duplicates"),
    path("duplicates/<records:spec>/different/", views.tell, name="duplicates_different"),
    path("duplicates/<records:spec>/<int:one_id>/<int:other_id>/", views.show_pair, name="duplicate_pair"),
    path("duplicates/<records:spec>/<int:one_id>/<int:other_id>/merge/", views.merge, name="duplicate_merge"),
    path("merges/<int:merge_id>/taking-back/", views.take_back, name="merge_taking_back"),
]
