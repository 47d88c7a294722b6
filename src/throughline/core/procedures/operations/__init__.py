"""What people and programs do with procedures and cases; every function is one operation."""

from throughline.core.procedures.operations.approving import ask_approval, decide_publication
from throughline.core.procedures.operations.cases import Opening, cancel_case, set_variables, start_case, start_cases
from throughline.core.procedures.operations.connections import pause_connection, resume_connection
from throughline.core.procedures.operations.decisions import create_decision, publish_decision, save_decision_draft
from throughline.core.procedures.operations.incidents import retry_incident, retry_incidents
from throughline.core.procedures.operations.messages import Delivery, Message, Sent, send_message, send_messages
from throughline.core.procedures.operations.migration import start_migration, stop_migration, take_back_migration
from throughline.core.procedures.operations.procedures import (
    Published,
    create_procedure,
    publish,
    retire,
    save_draft,
)
from throughline.core.procedures.operations.proving import (
    accept_outcome,
    keep_shipped_tests,
    keep_test,
    remove_test,
    run_tests,
)
from throughline.core.procedures.operations.repairs import repair_incidents, take_back_repair
from throughline.core.procedures.operations.signals import send_signal
from throughline.core.procedures.operations.splits import end_split, start_split
from throughline.core.procedures.operations.steps import move_step, repeat_step, skip_step, take_back_step
from throughline.core.procedures.operations.stewardship import open_review, set_stewardship
from throughline.core.procedures.operations.trials import end_trial, pass_time, start_trial, walk_draft
from throughline.core.procedures.operations.work import (
    claim_work_item,
    complete_work_item,
    reassign_work_items,
    release_work_item,
)

__all__ = [
    "Delivery",
    "Message",
    "Opening",
    "Published",
    "Sent",
    "accept_outcome",
    "ask_approval",
    "cancel_case",
    "claim_work_item",
    "complete_work_item",
    "create_decision",
    "create_procedure",
    "decide_publication",
    "end_split",
    "end_trial",
    "keep_shipped_tests",
    "keep_test",
    "move_step",
    "open_review",
    "pass_time",
    "pause_connection",
    "publish",
    "publish_decision",
    "reassign_work_items",
    "release_work_item",
    "remove_test",
    "repair_incidents",
    "repeat_step",
    "resume_connection",
    "retire",
    "retry_incident",
    "retry_incidents",
    "run_tests",
    "save_decision_draft",
    "save_draft",
    "send_message",
    "send_messages",
    "send_signal",
    "set_stewardship",
    "set_variables",
    "skip_step",
    "start_case",
    "start_cases",
    "start_migration",
    "start_split",
    "start_trial",
    "stop_migration",
    "take_back_migration",
    "take_back_repair",
    "take_back_step",
    "walk_draft",
]
