"""Addresses of the pages of what was mined: of a procedure, and of an imported log."""

from __future__ import annotations

from django.urls import URLPattern, path

from throughline.web.mined import conformance, discovery, drawing, logs, prediction, replays, stream, views


def _about(kind: str, prefix: str) -> list[URLPattern]:
    """The pages about one kind of source."""
    given = {"kind": kind}
    return [
        path(prefix, views.show_map, given, name=f"{kind}_mined"),
        path(f"{prefix}statistics/", views.show_statistics, given, name=f"{kind}_mined_statistics"),
        path(f"{prefix}ways/", views.show_variants, given, name=f"{kind}_mined_variants"),
        path(f"{prefix}cases/", views.show_cases, given, name=f"{kind}_mined_cases"),
        path(f"{prefix}cases/<path:name>/", views.show_case, given, name=f"{kind}_mined_case"),
        path(f"{prefix}dots/", views.show_dots, given, name=f"{kind}_mined_dots"),
        path(f"{prefix}conformance/", conformance.show_conformance, given, name=f"{kind}_mined_conformance"),
        path(f"{prefix}value-stream/", stream.show_stream, given, name=f"{kind}_mined_stream"),
        path(f"{prefix}prediction/", prediction.show_prediction, given, name=f"{kind}_mined_prediction"),
        path(f"{prefix}drawing/", drawing.show_drawing, given, name=f"{kind}_mined_drawing"),
        path(f"{prefix}replay/", replays.moves, given, name=f"{kind}_mined_replay"),
        path(f"{prefix}discovery/", discovery.discover, given, name=f"{kind}_mined_discovery"),
        path(f"{prefix}export/", logs.export, given, name=f"{kind}_mined_export"),
    ]


urlpatterns = [
    *_about("procedure", "procedures/<slug:key>/mined/"),
    path("procedures/<slug:key>/mined/learning/", prediction.learn_now, name="prediction_learning"),
    path("logs/", logs.show_all, name="logs"),
    path("logs/new/", logs.send, name="log_new"),
    path("logs/<int:key>/columns/", logs.confirm, name="log_columns"),
    path("logs/<int:key>/reading/", logs.progress, name="log_progress"),
    path("logs/<int:key>/reading/cancellation/", logs.cancel, name="log_cancel"),
    path("logs/<int:key>/sharing/", logs.share, name="log_sharing"),
    path("logs/<int:key>/deletion/", logs.delete, name="log_deletion"),
    *_about("log", "logs/<int:key>/"),
]
