"""Tables of the host, one noun per file."""

from throughline.core.procedures.models.approval import PublishApproval
from throughline.core.procedures.models.case import Case
from throughline.core.procedures.models.case_event import CaseEvent
from throughline.core.procedures.models.case_input import CaseInput
from throughline.core.procedures.models.connection import Connection
from throughline.core.procedures.models.day_use import DayUse
from throughline.core.procedures.models.decision import DecisionTable, DecisionVersion
from throughline.core.procedures.models.inbox import Inbox
from throughline.core.procedures.models.incident import Incident
from throughline.core.procedures.models.kept_test import KeptTest
from throughline.core.procedures.models.message import BufferedMessage, MessageReceipt
from throughline.core.procedures.models.migration import Migration, MigrationCase
from throughline.core.procedures.models.outbox import Outbox
from throughline.core.procedures.models.procedure import Procedure
from throughline.core.procedures.models.repair import Repair, RepairedIncident
from throughline.core.procedures.models.reproof import Reproof
from throughline.core.procedures.models.split import Split
from throughline.core.procedures.models.start_trigger import StartTrigger
from throughline.core.procedures.models.timer import Timer
from throughline.core.procedures.models.token import Token
from throughline.core.procedures.models.trial import Trial, TrialWalk
from throughline.core.procedures.models.upkeep import Upkeep, WorkerProcess
from throughline.core.procedures.models.variant import Variant
from throughline.core.procedures.models.version import DecisionPin, ProcedureVersion
from throughline.core.procedures.models.wait import ConditionWait, MessageWait, SignalWait
from throughline.core.procedures.models.work_item import WorkItem

__all__ = [
    "BufferedMessage",
    "Case",
    "CaseEvent",
    "CaseInput",
    "ConditionWait",
    "Connection",
    "DayUse",
    "DecisionPin",
    "DecisionTable",
    "DecisionVersion",
    "Inbox",
    "Incident",
    "KeptTest",
    "MessageReceipt",
    "MessageWait",
    "Migration",
    "MigrationCase",
    "Outbox",
    "Procedure",
    "ProcedureVersion",
    "PublishApproval",
    "Repair",
    "RepairedIncident",
    "Reproof",
    "SignalWait",
    "Split",
    "StartTrigger",
    "Timer",
    "Token",
    "Trial",
    "TrialWalk",
    "Upkeep",
    "Variant",
    "WorkItem",
    "WorkerProcess",
]
