"""Addresses of the pages of simulations."""

from __future__ import annotations

from django.urls import path

from throughline.web.simulation import dry_run, forecasts, rebalance, views

urlpatterns = [
    path("procedures/<slug:key>/steps/<str:node>/sharing/", rebalance.share_out, name="procedure_sharing"),
    path("procedures/<slug:key>/steps/<str:node>/sharing/undo/", rebalance.undo, name="procedure_sharing_undo"),
    path("procedures/<slug:key>/simulations/", views.show_all, name="procedure_simulations"),
    path("procedures/<slug:key>/simulations/new/", views.create, name="simulation_new"),
    path("procedures/<slug:key>/simulations/comparison/", views.show_side_by_side, name="simulation_comparison"),
    path("procedures/<slug:key>/simulations/dry-run/", dry_run.show_all, name="simulation_dry_run"),
    path("procedures/<slug:key>/simulations/dry-run/<int:dry_run_id>/", dry_run.show, name="dry_run"),
    path(
        "procedures/<slug:key>/simulations/dry-run/<int:dry_run_id>/progress/",
        dry_run.progress,
        name="dry_run_progress",
    ),
    path(
        "procedures/<slug:key>/simulations/dry-run/<int:dry_run_id>/cancellation/",
        dry_run.cancel,
        name="dry_run_cancel",
    ),
    path("procedures/<slug:key>/simulations/forecasts/", forecasts.show_forecasts, name="simulation_forecasts"),
    path("procedures/<slug:key>/simulations/<int:experiment_id>/", views.show_one, name="simulation"),
    path("procedures/<slug:key>/simulations/<int:experiment_id>/progress/", views.progress, name="simulation_progress"),
    path("procedures/<slug:key>/simulations/<int:experiment_id>/variants/", views.vary, name="simulation_variant"),
    path("procedures/<slug:key>/simulations/<int:experiment_id>/cancellation/", views.cancel, name="simulation_cancel"),
    path("procedures/<slug:key>/simulations/<int:experiment_id>/forecast/", forecasts.keep, name="forecast_keep"),
]
