"""Addresses of brought drawings and of charts taken along."""

from __future__ import annotations

from django.urls import path

from throughline.web.sketches import backdrops, exports, views

urlpatterns = [
    path("drawings/", views.show_list, name="drawings"),
    path("drawings/new/", views.send, name="drawing_new"),
    path("drawings/<int:drawing_id>/", views.review, name="drawing"),
    path("drawings/<int:drawing_id>/answer/", views.answer, name="drawing_answer"),
    path("drawings/<int:drawing_id>/page/", views.turn, name="drawing_page"),
    path("drawings/<int:drawing_id>/tracing/", views.trace, name="drawing_tracing"),
    path("drawings/<int:drawing_id>/picture/", views.picture, name="drawing_picture"),
    path("drawings/<int:drawing_id>/acceptance/", views.accept, name="drawing_acceptance"),
    path("drawings/<int:drawing_id>/pages/", views.accept_pages, name="drawing_pages"),
    path("drawings/<int:drawing_id>/taking-back/", views.take_back, name="drawing_taking_back"),
    path("drawings/<int:drawing_id>/forgetting/", views.forget, name="drawing_forgetting"),
    path("procedures/<slug:key>/file/", exports.take_along, name="procedure_file"),
    path("procedures/<slug:key>/backdrop/", backdrops.backdrop, name="procedure_backdrop"),
]
