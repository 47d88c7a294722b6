"""The address of the page of workload and relationships."""

from __future__ import annotations

from django.urls import path

from throughline.web.workload import views

urlpatterns = [path("insight/workload/", views.show, name="workload")]
