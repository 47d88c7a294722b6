"""Addresses of dashboards."""

from __future__ import annotations

from django.urls import path

from throughline.web.dashboards import building, reports, views

urlpatterns = [
    path("insight/dashboards/", views.show_all, name="dashboards"),
    path("insight/dashboards/new/", building.make, name="dashboard_new"),
    path("insight/dashboards/shipped/<slug:key>/", views.show_shipped, name="dashboard_shipped"),
    path("insight/dashboards/<int:dashboard_id>/", views.show_one, name="dashboard"),
    path("insight/dashboards/<int:dashboard_id>/tiles/", building.add, name="dashboard_tiles"),
    path("insight/dashboards/<int:dashboard_id>/arrangement/", building.arrange_tiles, name="dashboard_arrangement"),
    path("insight/dashboards/<int:dashboard_id>/tiles/<int:tile_id>/", building.change, name="dashboard_tile"),
    path("insight/dashboards/<int:dashboard_id>/sharing/", building.share, name="dashboard_sharing"),
    path("insight/dashboards/<int:dashboard_id>/pdf/", reports.show_pdf, name="dashboard_pdf"),
    path("insight/dashboards/<int:dashboard_id>/reports/", reports.add, name="dashboard_reports"),
    path("insight/dashboards/shipped/<slug:key>/pdf/", reports.show_shipped_pdf, name="dashboard_shipped_pdf"),
    path("insight/dashboards/shipped/<slug:key>/reports/", reports.add_shipped, name="dashboard_shipped_reports"),
    path("insight/reports/<int:report_id>/", reports.change, name="report"),
    path("insight/reports/<int:report_id>/end/", reports.end, name="report_end"),
    path("insight/dashboards/<int:dashboard_id>/deletion/", building.delete, name="dashboard_deletion"),
]
