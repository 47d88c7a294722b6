"""Addresses of discussions, and of what outsiders look at."""

from __future__ import annotations

from django.urls import path

from throughline.web.discussion import in_drawing, public, views

urlpatterns = [
    path("procedures/<slug:key>/discussion/", views.show, name="procedure_discussion"),
    path("procedures/<slug:key>/remarks/", views.remark, name="discussion_remarks"),
    path("procedures/<slug:key>/remarks/open/", in_drawing.remarks, name="open_remarks"),
    path("remarks/<int:remark_id>/done/", in_drawing.settle, name="remark_done"),
    path("procedures/<slug:key>/decisions/", views.decide, name="discussion_decisions"),
    path("procedures/<slug:key>/rounds/", views.begin_round, name="discussion_rounds"),
    path("procedures/<slug:key>/links/", views.share, name="discussion_links"),
    path("remarks/<int:remark_id>/standing/", views.settle, name="remark_standing"),
    path("remarks/<int:remark_id>/taking-over/", views.take_over, name="remark_taking_over"),
    path("rounds/<int:round_id>/answer/", views.answer_round, name="round_answer"),
    path("links/<int:link_id>/revocation/", views.revoke, name="link_revocation"),
    path("shared/<str:secret>/", public.show, name="shared_procedure"),
]
