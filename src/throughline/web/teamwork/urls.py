"""Addresses of teamwork."""

from __future__ import annotations

from django.urls import path

from throughline.web.records import urls as _records
from throughline.web.teamwork import comments, files, marks

assert _records  # registers the converter ``records``

urlpatterns = [
    path("at-hand/", marks.show_at_hand, name="at_hand"),
    path("comments/<int:comment_id>/", comments.edit, name="comment"),
    path("comments/<int:comment_id>/bin/", comments.take_back, name="comment_bin"),
    path("comments/<int:comment_id>/restoration/", comments.restore, name="comment_restore"),
    path("files/<int:file_id>/", files.read, name="file"),
    path("files/<int:file_id>/preview/", files.preview, name="file_preview"),
    path("files/<int:file_id>/bin/", files.put_into_bin, name="file_bin"),
    path("files/<int:file_id>/restoration/", files.restore, name="file_restore"),
    path("<records:spec>/<int:record_id>/people/", comments.whom, name="whom_to_mention"),
    path("<records:spec>/<int:record_id>/composer/", comments.composer, name="composer"),
    path("<records:spec>/<int:record_id>/files/", files.add, name="record_files"),
    path("<records:spec>/<int:record_id>/marks/", marks.mark, name="record_marks"),
]
