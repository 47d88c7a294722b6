"""Who may see which imported log: its owner, the owner's team and those above, or everyone, as the owner says."""

from __future__ import annotations

from django.db.models import Q

from throughline.core import access
from throughline.core.identity.models import User
from throughline.insight.logs.models import ImportedLog, Sharing


def visible(user: User) -> Q:
    """Return the predicate of the logs that ``user`` may look at. What is not read yet, only its owner sees."""
    teams = access.grants(user).team_ids
    shared = Q(sharing=Sharing.EVERYONE) | Q(sharing=Sharing.TEAM, team_id__in=teams)
    return Q(owner=user) | (shared & Q(kept__isnull=False))


def may_change(user: User, log: ImportedLog) -> bool:
    """Return whether ``user`` may share and delete a log: its owner."""
    return log.owner_id == user.pk
