"""
SpiffWorkflow on the process of kernel_memory.py, stored in PostgreSQL twice per instance: when it waits and at its end.

Runs in its own environment; peers.py knows the conversation. DATABASE_URL names the database; the answer is in seconds
of wall clock, then the part of them in the engine and its documents, then the part in PostgreSQL.
"""

from __future__ import annotations

import os
import sys
import time
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import psycopg
from lead_process import SCRIPT, lead_process
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState


def main() -> None:
    """Answer each number with the seconds that so many instances took."""
    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(lead_process(score=SCRIPT, due='"PT24H"')))
    spec = parser.get_spec("lead")
    serializer = BpmnWorkflowSerializer()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS peer_spiff")
        connection.execute("CREATE TABLE peer_spiff (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text)")
        for line in sys.stdin:
            begin = time.perf_counter()
            stored = sum(instance(spec, serializer, connection) for _ in range(int(line)))
            whole = time.perf_counter() - begin
            print(whole, whole - stored, stored, flush=True)


def instance(spec: object, serializer: BpmnWorkflowSerializer, connection: psycopg.Connection) -> float:
    """Start a case and store it; load it, do the user task, store it again. Return the seconds in the database."""
    workflow = BpmnWorkflow(spec)
    workflow.do_engine_steps()
    state = serializer.serialize_json(workflow)
    begin = time.perf_counter()
    row = connection.execute("INSERT INTO peer_spiff (state) VALUES (%s) RETURNING id", [state]).fetchone()
    stored = connection.execute("SELECT state FROM peer_spiff WHERE id = %s", row).fetchone()
    seconds = time.perf_counter() - begin
    loaded = serializer.deserialize_json(stored[0])
    task = next(each for each in loaded.get_tasks(state=TaskState.READY) if each.task_spec.name == "call")
    task.run()
    loaded.do_engine_steps()
    assert loaded.is_completed()
    state = serializer.serialize_json(loaded)
    begin = time.perf_counter()
    connection.execute("UPDATE peer_spiff SET state = %s WHERE id = %s", [state, *row])
    return seconds + time.perf_counter() - begin


if __name__ == "__main__":
    main()
