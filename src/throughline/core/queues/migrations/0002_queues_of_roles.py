"""A queue for each role that published drawings name or open work waits for, and the role where there is none."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import migrations
from django.db.models import Min
from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
TL = "{urn:throughline:bpmn:1}"
ONE_TEXT = re.compile(r'\s*=?\s*"([^"]+)"\s*')
LONGEST = 64
BY = "Throughline"
SAFELY = etree.XMLParser(resolve_entities=False, no_network=True)


def make_queues(apps: Any, _schema_editor: Any) -> None:
    """Make what is missing, as old as what names it first; search finds it from the next chore on."""
    named: dict[str, tuple[str, datetime]] = {}
    versions = apps.get_model("procedures", "ProcedureVersion").objects.filter(status="published").order_by("pk")
    for drawing, since in versions.values_list("bpmn", "published_at").iterator(chunk_size=20):
        for key, lane in named_by(etree.fromstring(bytes(drawing), SAFELY)):
            known, first = named.get(key, ("", since))
            named[key] = (known or lane, min(first, since))
    work = apps.get_model("procedures", "WorkItem").objects.filter(status="open").exclude(queue="").order_by()
    for key, since in work.values_list("queue").annotate(since=Min("offered_at")):
        known, first = named.get(key, ("", since))
        named[key] = (known, min(first, since))
    role, queue = apps.get_model("identity", "Role").objects, apps.get_model("queues", "Queue").objects
    roles, made = {each.key: each for each in role.filter(key__in=list(named))}, []
    for key, (lane, since) in sorted(named.items()):
        if not key or len(key) > LONGEST:
            continue
        name = roles[key].name if key in roles else lane or key.replace("-", " ").replace("_", " ").capitalize()
        played = roles.get(key) or role.create(key=key, name=name[:200])
        stamps = {"created_at": since, "updated_at": since, "created_by": BY, "updated_by": BY}
        made.append(queue.create(role=played, key=key, name=name[:200], sort_name=name[:200].lower(), **stamps))
    if made:
        apps.get_model("records", "SearchDue").objects.create(record_type="queue", ids=[each.pk for each in made])


def named_by(drawing: Any) -> Iterator[tuple[str, str]]:
    """Give the keys of roles that human steps wait for, each with what its lane is called, or nothing."""
    lanes = {}
    for lane in drawing.iter(f"{BPMN}lane"):  # inner lanes stand behind outer ones, and win
        role = lane.find(f"{BPMN}extensionElements/{TL}role")
        called = lane.get("name", "")
        key = (role.get("key") if role is not None else "") or slug(called)
        for node in lane.findall(f"{BPMN}flowNodeRef"):
            lanes[(node.text or "").strip()] = (key, called)
    for kind in ("userTask", "manualTask"):
        for task in drawing.iter(f"{BPMN}{kind}"):
            work = task.find(f"{BPMN}extensionElements/{TL}workItem")
            formula = work.get("queue", "").strip() if work is not None else ""
            one = ONE_TEXT.fullmatch(formula)
            if one:
                yield one[1], next((lane for key, lane in lanes.values() if key == one[1]), "")
            elif not formula:
                at = task
                while at is not None and at.get("id") not in lanes:
                    at = at.getparent()
                if at is not None:
                    yield lanes[at.get("id")]


def slug(name: str) -> str:
    """Return a name as the key that a lane without a role stands for."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name
    return re.sub(r"[^\w]+", "-", plain.lower()).strip("-")


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_retired_teams"),
        ("procedures", "0001_procedures"),
        ("records", "0005_search_due"),
        ("queues", "0001_queues"),
    ]

    operations = [migrations.RunPython(make_queues, migrations.RunPython.noop)]
