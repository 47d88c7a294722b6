"""Business facts of the procedures: what people and the product decided about drawings and cases."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("procedure.created", "Procedure created")
class ProcedureCreated(JournalEvent, frozen=True, kw_only=True):
    """A procedure was made; it has no version yet."""

    key: str
    name: str


@event("procedure.draft_saved", "Draft saved")
class DraftSaved(JournalEvent, frozen=True, kw_only=True):
    """The drawing of the draft was replaced."""

    number: int
    digest: str
    note: str = ""


@event("procedure.published", "Version published")
class VersionPublished(JournalEvent, frozen=True, kw_only=True):
    """A version went live. ``staying`` cases go on with the version they run on, ``replaced``."""

    number: int
    digest: str
    note: str
    replaced: int | None
    staying: int
    decisions: dict[str, int]


@event("procedure.tests_overridden", "Published despite failing test cases")
class TestsOverridden(JournalEvent, frozen=True, kw_only=True):
    """Somebody with the right to has published a version although test cases fail, and said why."""

    number: int
    failing: list[str]
    reason: str


@event("procedure.test_kept", "Test case kept")
class TestKept(JournalEvent, frozen=True, kw_only=True):
    """A test case was made or replaced. ``case``: the real case it was recorded from."""

    name: str
    origin: str
    case: int | None = None


@event("procedure.test_removed", "Test case removed")
class TestRemoved(JournalEvent, frozen=True, kw_only=True):
    """A test case is gone."""

    name: str


@event("procedure.tests_run", "Test cases run")
class TestsRun(JournalEvent, frozen=True, kw_only=True):
    """Somebody had all test cases run on a version."""

    number: int
    digest: str
    passed: int
    failed: int


@event("procedure.approval_asked", "Approval of a draft asked")
class ApprovalAsked(JournalEvent, frozen=True, kw_only=True):
    """Somebody has asked whether a draft may be published as it is."""

    approval: int
    number: int
    digest: str


@event("procedure.approval_decided", "Approval of a draft decided")
class ApprovalDecided(JournalEvent, frozen=True, kw_only=True):
    """Another person agrees that a draft is published, or does not."""

    approval: int
    number: int
    granted: bool
    reason: str


@event("procedure.stewarded", "Owner and review changed")
class ProcedureStewarded(JournalEvent, frozen=True, kw_only=True):
    """Owner, day of review, or the demand for a second person were set."""

    owner: int | None
    review_on: str | None
    needs_approval: bool


@event("procedure.review_due", "Review due")
class ReviewDue(JournalEvent, frozen=True, kw_only=True):
    """A procedure should be looked at again: its day has come, or something about it has changed (``why``)."""

    procedure: str
    name: str
    owner: int | None
    why: str


@event("procedure.review_set", "Day of review set")
class ReviewSet(JournalEvent, frozen=True, kw_only=True):
    """The day was set on which a procedure is looked at again."""

    review_on: str


@event("procedure.trial_started", "Trial of a draft started")
class TrialStarted(JournalEvent, frozen=True, kw_only=True):
    """Named people try a draft on test records."""

    trial: int
    number: int
    testers: list[int]


@event("procedure.trial_ended", "Trial of a draft ended")
class TrialEnded(JournalEvent, frozen=True, kw_only=True):
    """The trial is over; its test cases and test records are gone."""

    trial: int
    number: int
    cases: int


@event("procedure.retired", "Version retired")
class VersionRetired(JournalEvent, frozen=True, kw_only=True):
    """No more cases start with the version; ``staying`` cases go on to their end."""

    number: int
    staying: int
    reason: str


@event("procedure.migration_started", "Moving of cases started")
class MigrationStarted(JournalEvent, frozen=True, kw_only=True):
    """
    Somebody had ``total`` running cases moved from one version to another, by a mapping of steps where ids differ.

    ``takes_back``: the migration that this one undoes.
    """

    migration: int
    source: int
    target: int
    nodes: dict[str, str]
    total: int
    reason: str
    takes_back: int | None = None


@event("procedure.migration_ended", "Moving of cases ended")
class MigrationEnded(JournalEvent, frozen=True, kw_only=True):
    """All cases of a migration have had their turn, or somebody has stopped it (``stopped``)."""

    migration: int
    moved: int
    refused: int
    stopped: bool = False


@event("case.migrated", "Moved to another version")
class CaseMigrated(JournalEvent, frozen=True, kw_only=True):
    """A running case goes on by another version. ``places``: the steps it was at, and where they are now."""

    case: int
    procedure: str
    source: int
    target: int
    migration: int
    places: dict[str, str]


@event("decision.created", "Decision table created")
class DecisionCreated(JournalEvent, frozen=True, kw_only=True):
    """A decision table was made."""

    key: str
    name: str


@event("decision.draft_saved", "Decision draft saved")
class DecisionDraftSaved(JournalEvent, frozen=True, kw_only=True):
    """The draft of a decision table was replaced."""

    number: int
    digest: str
    note: str = ""


@event("decision.published", "Decision published")
class DecisionPublished(JournalEvent, frozen=True, kw_only=True):
    """A version of a decision table can be pinned by procedures."""

    number: int
    digest: str
    note: str


@event("procedure.split_started", "Versions share cases")
class SplitStarted(JournalEvent, frozen=True, kw_only=True):
    """From now on ``percent`` of the cases that would start with version ``live`` start with ``other``, by chance."""

    split: int
    live: int
    other: int
    percent: int


@event("procedure.split_ended", "Versions share no more cases")
class SplitEnded(JournalEvent, frozen=True, kw_only=True):
    """All cases start with version ``kept`` from now on; those that run go on with the version drawn for them."""

    split: int
    kept: int
    reason: str


@event("case.drawn", "Version drawn")
class CaseDrawn(JournalEvent, frozen=True, kw_only=True):
    """Chance has decided with which version a case starts, of two that share the cases."""

    case: int
    split: int
    version: int


@event("case.finished", "Procedure finished")
class CaseFinished(JournalEvent, frozen=True, kw_only=True):
    """A case came to its end."""

    case: int
    procedure: str
    version: int
    outcome: str
    end_node: str


@event("case.cancelled", "Procedure cancelled")
class CaseCancelled(JournalEvent, frozen=True, kw_only=True):
    """A person or an upkeep task ended a case before its end."""

    case: int
    procedure: str
    reason: str


@event("work.completed", "Step done")
class WorkCompleted(JournalEvent, frozen=True, kw_only=True):
    """A person did a step. ``evidence``: the journal entry that proved it, if it was not told on the work item."""

    case: int
    node: str
    title: str
    outcome: str
    evidence: int | None = None


@event("work.assigned", "Step assigned")
class WorkAssigned(JournalEvent, frozen=True, kw_only=True):
    """A step was claimed or given to somebody else; None means back to its queue."""

    case: int
    node: str
    title: str
    was: int | None
    now: int | None


@event("message.received", "Message received")
class MessageReceived(JournalEvent, frozen=True, kw_only=True):
    """A message reached a case. ``implausible`` names what was expected of it and does not hold."""

    name: str
    key: str
    message_id: str
    case: int
    implausible: list[str]


@event("incident.retried", "Incident retried")
class IncidentRetried(JournalEvent, frozen=True, kw_only=True):
    """Somebody had a failed step tried again."""

    case: int
    node: str
    message: str


@event("incidents.repaired", "Incidents repaired")
class IncidentsRepaired(JournalEvent, frozen=True, kw_only=True):
    """Somebody decided about many incidents at once; what became of each stands in the repair."""

    repair: int
    how: str
    count: int
    reason: str


@event("incidents.taken_back", "Repair taken back")
class RepairTakenBack(JournalEvent, frozen=True, kw_only=True):
    """Somebody took back a decision about many incidents. ``undone``: how many cases went back."""

    repair: int
    undone: int


@event("step.repeated", "Step repeated")
class StepRepeated(JournalEvent, frozen=True, kw_only=True):
    """A person had a step begin anew: a deviation."""

    case: int
    node: str
    reason: str


@event("step.taken_back", "Deviation taken back")
class StepTakenBack(JournalEvent, frozen=True, kw_only=True):
    """A person brought a case back to the step that was left out or moved away from. ``entry``: of that deviation."""

    case: int
    node: str
    entry: int


@event("step.skipped", "Step skipped")
class StepSkipped(JournalEvent, frozen=True, kw_only=True):
    """A person left a step out: a deviation."""

    case: int
    node: str
    reason: str


@event("step.moved", "Moved to another step")
class StepMoved(JournalEvent, frozen=True, kw_only=True):
    """A person moved a case to another step: a deviation."""

    case: int
    node: str
    to: str
    reason: str


@event("case.variables_changed", "Values corrected")
class VariablesChanged(JournalEvent, frozen=True, kw_only=True):
    """A person corrected variables of a case; the values are in the case's inputs."""

    case: int
    names: list[str]
    reason: str


@event("connection.paused", "Connection paused")
class ConnectionPaused(JournalEvent, frozen=True, kw_only=True):
    """Somebody had nothing more sent over a connection."""

    key: str
    reason: str


@event("connection.resumed", "Connection resumed")
class ConnectionResumed(JournalEvent, frozen=True, kw_only=True):
    """Somebody had a connection used again that was paused or did not answer."""

    key: str


@event("procedure.variant_made", "Variant made")
class VariantMade(JournalEvent, frozen=True, kw_only=True):
    """A variant of a procedure was made (``variant``: its key); it takes no case before it is published."""

    variant: str
    name: str
    rule: str


@event("procedure.variant_ruled", "Rule of a variant changed")
class VariantRuled(JournalEvent, frozen=True, kw_only=True):
    """Which records a variant takes was said anew, or when its rule is asked."""

    variant: str
    name: str
    rule: str
    priority: int


@event("procedure.variant_behind", "Variant does not follow its base")
class VariantBehind(JournalEvent, frozen=True, kw_only=True):
    """Version ``base`` of its base was published, and the variant goes on as it was: the ``problems`` say why."""

    variant: str
    base: int
    problems: list[str]


@event("procedure.variant_decided", "Variant brought up to its base")
class VariantDecided(JournalEvent, frozen=True, kw_only=True):
    """Somebody has said for each conflict with version ``base`` whether the variant's word holds, or the base's."""

    variant: str
    base: int
    decided: dict[str, str]


@event("procedure.variant_retired", "Variant retired")
class VariantRetired(JournalEvent, frozen=True, kw_only=True):
    """A variant takes no case any more; ``staying`` ones go on to their end."""

    variant: str
    staying: int
    reason: str
