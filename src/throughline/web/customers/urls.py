"""The address of the page of who the customers are."""

from __future__ import annotations

from django.urls import path

from throughline.web.customers import views

urlpatterns = [path("insight/customers/", views.show, name="customers")]
