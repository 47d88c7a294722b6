"""Addresses of the pages of figures."""

from __future__ import annotations

from django.urls import path

from throughline.web.insight import goals, views

urlpatterns = [
    path("insight/", views.show_all, name="kpis"),
    path("insight/figures/<slug:key>/", views.show_one, name="kpi"),
    path("insight/figures/<slug:key>/ways/", views.show_way, name="kpi_way"),
    path("insight/figures/<slug:key>/goals/", goals.save, name="kpi_goals"),
    path("insight/goals/", goals.show_all, name="goals"),
    path("insight/goals/<int:goal_id>/deletion/", goals.delete, name="goal_deletion"),
]
