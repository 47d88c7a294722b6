"""Addresses of keys."""

from __future__ import annotations

from django.urls import path

from throughline.web.keys import views

urlpatterns = [
    path("keys/", views.show, name="keys"),
    path("keys/<int:key_id>/revocation/", views.revoke, name="key_revocation"),
    path("keys/subscriptions/<int:subscription_id>/end/", views.end_subscription, name="subscription_end"),
    path("keys/subscriptions/<int:subscription_id>/resumption/", views.resume_subscription, name="subscription_resume"),
]
