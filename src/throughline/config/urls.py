"""Addresses of the whole site: health, signing in, the pages, the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from throughline.config import health, metrics
from throughline.config.settings import PACKAGE

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
]

for prefix, module in (("api/", "throughline.api.urls"), ("", "throughline.web.urls")):
    if (PACKAGE.parent / (module.replace(".", "/") + ".py")).exists():
        urlpatterns.append(path(prefix, include(module)))
