"""Writes of teamwork."""

from throughline.core.teamwork.operations.attachments import attach_file, bin_attachment, restore_attachment
from throughline.core.teamwork.operations.comments import (
    add_comment,
    delete_comment,
    edit_comment,
    restore_comment,
)
from throughline.core.teamwork.operations.marks import follow, remember_visit, star, unfollow, unstar

__all__ = [
    "add_comment",
    "attach_file",
    "bin_attachment",
    "delete_comment",
    "edit_comment",
    "follow",
    "remember_visit",
    "restore_attachment",
    "restore_comment",
    "star",
    "unfollow",
    "unstar",
]
