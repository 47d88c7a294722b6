"""
Global tasks (BPMN 2.0.2, 10.3.6): a task that stands by itself so that call activities can call it.

One is run as a process that holds nothing but that task.
"""

from __future__ import annotations

from throughline.flow.bpmn import model as bpmn
from throughline.flow.bpmn.xml import TL, Xml, clark

KINDS: dict[str, type[bpmn.Task]] = {
    "globalTask": bpmn.Task,
    "globalUserTask": bpmn.UserTask,
    "globalManualTask": bpmn.ManualTask,
    "globalScriptTask": bpmn.ScriptTask,
    "globalBusinessRuleTask": bpmn.BusinessRuleTask,
}


def global_tasks(definitions: bpmn.Definitions) -> dict[str, bpmn.Process]:
    """Return the global tasks of a file as processes, by id."""
    return {each.get("id"): _as_process(each) for each in definitions.others if each.name in KINDS and each.get("id")}


def _as_process(element: Xml) -> bpmn.Process:
    task = KINDS[element.name](id=f"{element.get('id')}_task", name=element.get("name"))
    if isinstance(task, bpmn.ScriptTask):
        script = next((child.text for child in element.children if child.name == "script"), "")
        task = bpmn.ScriptTask(
            id=task.id,
            name=task.name,
            script_format=element.get("scriptLanguage") or element.get("scriptFormat"),
            script=script,
            result=element.get(clark(TL, "result")),
        )
    return bpmn.Process(id=element.get("id"), name=element.get("name"), is_executable=True, elements=(task,))
