"""Addresses of the pages of the library."""

from __future__ import annotations

from django.urls import path

from throughline.web.library import changes, views

urlpatterns = [
    path("library/", views.show_shelf, name="library"),
    path("library/brought/", changes.bring, name="library_bring"),
    path("library/own/", changes.export_own, name="library_own"),
    path("library/<slug:key>/", views.show_pack, name="library_pack"),
    path("library/<slug:key>/file/", views.download, name="library_file"),
    path("library/<slug:key>/pictures/<slug:procedure>.svg", views.picture, name="library_picture"),
    path("library/<slug:key>/installation/", changes.install, name="library_install"),
    path("library/<slug:key>/pull/", changes.pull, name="library_pull"),
    path("library/<slug:key>/pull/taking-back/", changes.take_pull_back, name="library_pull_back"),
    path("library/<slug:key>/variants/", changes.bring_variants, name="library_variants"),
    path("library/<slug:key>/removal/", changes.remove, name="library_remove"),
    path("library/<slug:key>/discarding/", changes.discard, name="library_discard"),
]
