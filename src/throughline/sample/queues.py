"""The queues of the sample company: what waits in them, who looks after them, and some work that nobody has."""

from __future__ import annotations

from datetime import datetime

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.operations import release_work_item
from throughline.core.queues.ensuring import ensure_queues
from throughline.core.queues.models import Queue
from throughline.core.records import registry
from throughline.core.records.operations import update_record
from throughline.sample.founding import DOMAIN
from throughline.sample.world import content

GIVEN_BACK = 3
"""So many steps each of some people gives back to the queue, those that they have had for longest."""


def keep_queues(*, by: Actor, at: datetime) -> None:
    """Make the queues that the company's procedures name, say what they are for, and let work wait there."""
    ensure_queues(by=by, at=at)
    people = {user.email.partition("@")[0]: user for user in User.objects.filter(email__endswith=f"@{DOMAIN}")}
    for item in content("company")["queues"]:
        queue = Queue.objects.get(key=item["key"])
        if queue.description:  # of an installation that had it before
            continue
        values = {"description": item["description"], "owner": people[item["owner"]].pk}
        update_record(spec=registry.get("queue"), record_id=queue.pk, values=values, by=Actor.system(by.label), at=at)
        for key in item["given_back_by"]:
            _give_back(people[key], queue, at)


def _give_back(person: User, queue: Queue, at: datetime) -> None:
    items = WorkItem.objects.filter(assignee=person, queue=queue.key, status=WorkItem.Status.OPEN, sandbox=False)
    for pk in items.order_by("pk").values_list("pk", flat=True)[:GIVEN_BACK]:
        release_work_item(work_item_id=pk, by=Actor.user(person), at=at)
