"""Lanes as roles: which queue a step belongs to when nothing else is said."""

from __future__ import annotations

import re
import unicodedata

from throughline.flow.bpmn import model as bpmn


def roles_of(process: bpmn.Process) -> dict[str, str]:
    """
    Return the role of each flow node that lies in a lane: ``tl:role``, else the lane's name as a key; inner lanes
    win.
    """
    roles: dict[str, str] = {}
    containers: list[bpmn.Container] = [process]
    containers.extend(element for element, _ in process.walk() if isinstance(element, bpmn.SubProcess))
    for container in containers:
        for lane in container.lanes:
            role = role_of(lane)
            if role:
                roles.update(dict.fromkeys(lane.nodes, role))
    for element, container in process.walk():
        if element.id not in roles and getattr(container, "id", "") in roles:
            roles[element.id] = roles[container.id]
    return roles


def role_of(lane: bpmn.Lane) -> str:
    """Return the role a lane stands for."""
    role = lane.extensions.role
    return role.key if role is not None and role.key else slug(lane.name)


def slug(name: str) -> str:
    """Return a name as a key: lower case, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name
    return re.sub(r"[^\w]+", "-", plain.lower()).strip("-")
