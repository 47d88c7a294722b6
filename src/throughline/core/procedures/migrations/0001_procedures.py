"""The tables of the host; logs partitioned by month; published versions made immutable by trigger."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

LOGS = """
CREATE TABLE procedures_case_event (
    case_id bigint NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    node text NOT NULL,
    flow text NOT NULL,
    token integer,
    version_id bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    previous_node text NOT NULL,
    elapsed_us bigint,
    sandbox boolean NOT NULL,
    PRIMARY KEY (case_id, seq, at)
) PARTITION BY RANGE (at);
CREATE INDEX procedures_case_event_mining ON procedures_case_event USING brin (at, version_id);

CREATE TABLE procedures_case_input (
    case_id bigint NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    command bytea NOT NULL,
    facts bytea,
    events bytea NOT NULL,
    first_seq bigint NOT NULL,
    version_id bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_label text NOT NULL,
    cause bigint,
    PRIMARY KEY (case_id, number, at)
) PARTITION BY RANGE (at);

-- Makes sure that both logs have a partition for each of the months; cheap when they are there already.
CREATE FUNCTION procedures_ensure_months(months date[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month date;
    log text;
    part text;
BEGIN
    FOREACH month IN ARRAY months LOOP
        FOREACH log IN ARRAY ARRAY['procedures_case_event', 'procedures_case_input'] LOOP
            part := log || to_char(month, '_YYYY_MM');
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            PERFORM pg_advisory_xact_lock(hashtext(part));
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, log);
            EXECUTE format(
                'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', log, part,
                date_trunc('month', month)::timestamp AT TIME ZONE 'UTC',
                (date_trunc('month', month) + interval '1 month')::timestamp AT TIME ZONE 'UTC'
            );
        END LOOP;
    END LOOP;
END $$;
"""

NO_LOGS = """
DROP FUNCTION procedures_ensure_months(date[]);
DROP TABLE procedures_case_event, procedures_case_input;
"""

IMMUTABLE = """
CREATE FUNCTION procedures_version_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A published version cannot be deleted, only retired (% of %).', OLD.number, OLD.procedure_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.procedure_id, NEW.number, NEW.bpmn, NEW.digest, NEW.published_at, NEW.published_by_label)
        IS DISTINCT FROM (OLD.procedure_id, OLD.number, OLD.bpmn, OLD.digest, OLD.published_at, OLD.published_by_label)
        OR (OLD.status, NEW.status) NOT IN
            (('published', 'published'), ('published', 'retired'), ('retired', 'retired'), ('retired', 'published'))
    THEN
        RAISE EXCEPTION 'A published version never changes (% of %): save a new draft.', OLD.number, OLD.procedure_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER procedures_version_immutable BEFORE UPDATE OR DELETE ON procedures_procedureversion
    FOR EACH ROW EXECUTE FUNCTION procedures_version_immutable();

CREATE FUNCTION procedures_decision_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR (NEW.table_id, NEW.number, NEW.dmn, NEW.digest, NEW.published_at)
        IS DISTINCT FROM (OLD.table_id, OLD.number, OLD.dmn, OLD.digest, OLD.published_at) OR NEW.status = 'draft'
    THEN
        RAISE EXCEPTION 'A published decision never changes (% of %): save a new draft.', OLD.number, OLD.table_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER procedures_decision_immutable BEFORE UPDATE OR DELETE ON procedures_decisionversion
    FOR EACH ROW EXECUTE FUNCTION procedures_decision_immutable();

-- Pins are written while the version is still a draft, in the transaction that publishes it.
CREATE FUNCTION procedures_pin_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    pinned bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
BEGIN
    IF (SELECT status FROM procedures_procedureversion WHERE id = pinned) <> 'draft' THEN
        RAISE EXCEPTION 'A published version keeps the decisions it was published with (version %).', pinned
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER procedures_pin_immutable BEFORE INSERT OR UPDATE OR DELETE ON procedures_decisionpin
    FOR EACH ROW EXECUTE FUNCTION procedures_pin_immutable();
"""

MUTABLE = """
DROP TRIGGER procedures_pin_immutable ON procedures_decisionpin;
DROP TRIGGER procedures_decision_immutable ON procedures_decisionversion;
DROP TRIGGER procedures_version_immutable ON procedures_procedureversion;
DROP FUNCTION procedures_pin_immutable(), procedures_decision_immutable(), procedures_version_immutable();
"""

# Case rows are rewritten at every step: room for heap-only updates. The inbox is a queue: vacuum it often.
ROOM = """
ALTER TABLE procedures_case SET (fillfactor = 70);
ALTER TABLE procedures_inbox SET (autovacuum_vacuum_scale_factor = 0.02);
"""
NO_ROOM = """
ALTER TABLE procedures_case RESET (fillfactor);
ALTER TABLE procedures_inbox RESET (autovacuum_vacuum_scale_factor);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BufferedMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("key", models.TextField()),
                ("payload", models.JSONField()),
                ("message_id", models.TextField(blank=True)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("actor_kind", models.TextField()),
                ("actor_id", models.TextField(blank=True)),
                ("actor_label", models.TextField(blank=True)),
                ("sandbox", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["name", "key"], name="procedures_buffered_key"),
                    models.Index(fields=["expires_at"], name="procedures_buffered_expiry"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.TextField(blank=True)),
                ("record_id", models.BigIntegerField(null=True)),
                ("is_primary", models.BooleanField(default=False)),
                (
                    "status",
                    models.TextField(
                        choices=[
                            ("starting", "Starting"),
                            ("running", "Running"),
                            ("finished", "Finished"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="starting",
                    ),
                ),
                ("outcome", models.TextField(blank=True)),
                ("end_node", models.TextField(blank=True)),
                ("state", models.BinaryField(null=True)),
                ("sequence", models.BigIntegerField(default=0)),
                ("inputs", models.BigIntegerField(default=0)),
                ("held", models.BooleanField(default=False)),
                ("sandbox", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField()),
                ("moved_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("tz_version", models.TextField(blank=True)),
                ("cause", models.BigIntegerField(null=True)),
                ("depth", models.SmallIntegerField(default=0)),
                ("parent_token", models.IntegerField(null=True)),
                (
                    "parent",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="children",
                        to="procedures.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["record_type", "record_id"], name="procedures_case_record"),
                    models.Index(
                        condition=models.Q(("parent__isnull", False)), fields=["parent"], name="procedures_case_parent"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_primary", True)),
                        fields=("record_type", "record_id"),
                        name="procedures_case_one_primary",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("status__in", ["starting", "running"])),
                            models.Q(("ended_at__isnull", False), ("status__in", ["finished", "cancelled"])),
                            _connector="OR",
                        ),
                        name="procedures_case_status",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DecisionTable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.TextField(unique=True)),
                ("name", models.TextField()),
                ("summary", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="DecisionVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("status", models.TextField(default="draft")),
                ("dmn", models.BinaryField()),
                ("digest", models.TextField()),
                ("note", models.TextField(blank=True)),
                ("saved_at", models.DateTimeField()),
                ("saved_by_label", models.TextField()),
                ("published_at", models.DateTimeField(null=True)),
                ("published_by_label", models.TextField(blank=True)),
                (
                    "table",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="procedures.decisiontable",
                    ),
                ),
            ],
            options={
                "ordering": ["table", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("table", "number"), name="procedures_decision_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["draft", "published"])),
                        fields=("table", "status"),
                        name="procedures_decision_one_draft_one_published",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["draft", "published", "retired"])),
                        name="procedures_decision_status",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DecisionPin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ref", models.TextField()),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pins",
                        to="procedures.decisionversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Inbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("command", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("actor_kind", models.TextField()),
                ("actor_id", models.TextField(blank=True)),
                ("actor_label", models.TextField(blank=True)),
                ("cause", models.BigIntegerField(null=True)),
                ("letter", models.JSONField(null=True)),
                ("parked", models.BooleanField(default=False)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inbox",
                        to="procedures.case",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "inbox",
                "indexes": [
                    models.Index(condition=models.Q(("parked", False)), fields=["id"], name="procedures_inbox_next"),
                    models.Index(fields=["case", "id"], name="procedures_inbox_case"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("key", models.TextField()),
                ("message_id", models.TextField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="procedures_receipt_expiry")],
                "constraints": [
                    models.UniqueConstraint(fields=("name", "key", "message_id"), name="procedures_receipt_message_id")
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageWait",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_id", "wait", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("wait", models.IntegerField()),
                ("name", models.TextField()),
                ("key", models.TextField()),
                ("node", models.TextField()),
                ("token", models.IntegerField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="message_waits",
                        to="procedures.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["name", "key"], name="procedures_message_wait"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("activation", models.IntegerField()),
                ("action", models.TextField()),
                ("node", models.TextField()),
                ("record_type", models.TextField(blank=True)),
                ("record_id", models.BigIntegerField(null=True)),
                ("inputs", models.JSONField()),
                (
                    "status",
                    models.TextField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("caught", "Caught"),
                        ],
                        default="waiting",
                    ),
                ),
                ("written_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("leased_until", models.DateTimeField(null=True)),
                ("tries", models.SmallIntegerField(default=0)),
                ("failure", models.TextField(blank=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("cause", models.BigIntegerField(null=True)),
                ("sandbox", models.BooleanField(default=False)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="outbox", to="procedures.case"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "outbox",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "waiting")), fields=["due_at"], name="procedures_outbox_next"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "activation"), name="procedures_outbox_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Procedure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.TextField(unique=True)),
                ("name", models.TextField()),
                ("record_type", models.TextField(blank=True)),
                ("summary", models.TextField(blank=True)),
                ("review_on", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ProcedureVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                (
                    "status",
                    models.TextField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("retired", "Retired")],
                        default="draft",
                    ),
                ),
                ("bpmn", models.BinaryField()),
                ("digest", models.TextField()),
                ("note", models.TextField(blank=True)),
                ("saved_at", models.DateTimeField()),
                ("saved_by_label", models.TextField()),
                ("published_at", models.DateTimeField(null=True)),
                ("published_by_label", models.TextField(blank=True)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "decisions",
                    models.ManyToManyField(
                        related_name="procedure_versions",
                        through="procedures.DecisionPin",
                        to="procedures.decisionversion",
                    ),
                ),
                (
                    "procedure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="procedures.procedure"
                    ),
                ),
            ],
            options={
                "ordering": ["procedure", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("procedure", "number"), name="procedures_version_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["draft", "published"])),
                        fields=("procedure", "status"),
                        name="procedures_version_one_draft_one_published",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status", "draft"), ("published_at__isnull", False), _connector="OR"),
                        name="procedures_version_published_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField(null=True)),
                ("token", models.IntegerField(null=True)),
                ("node", models.TextField(blank=True)),
                ("message", models.TextField()),
                ("data", models.JSONField(default=dict)),
                ("status", models.TextField(default="open")),
                ("retries", models.SmallIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by_label", models.TextField(blank=True)),
                ("resolution", models.TextField(blank=True)),
                ("sandbox", models.BooleanField(default=False)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="incidents", to="procedures.case"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "open")),
                        fields=["version", "node"],
                        name="procedures_incident_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("number__isnull", False)),
                        fields=("case", "number"),
                        name="procedures_incident_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "closed"])), name="procedures_incident_status"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="decisionpin",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="pins", to="procedures.procedureversion"
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="procedures.procedureversion",
            ),
        ),
        migrations.CreateModel(
            name="SignalWait",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_id", "wait", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("wait", models.IntegerField()),
                ("name", models.TextField()),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signal_waits",
                        to="procedures.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["name"], name="procedures_signal_wait"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StartTrigger",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("node", models.TextField()),
                ("kind", models.TextField()),
                ("name", models.TextField(blank=True)),
                ("due_at", models.DateTimeField(null=True)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="triggers",
                        to="procedures.procedureversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "name"], name="procedures_trigger_name"),
                    models.Index(
                        condition=models.Q(("kind", "timer")), fields=["due_at"], name="procedures_trigger_due"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["event", "message", "signal", "timer"])),
                        name="procedures_start_trigger_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_id", "timer", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("timer", models.IntegerField()),
                ("node", models.TextField()),
                ("token", models.IntegerField(null=True)),
                ("due_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="timers",
                        to="procedures.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["due_at"], name="procedures_timer_due"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_id", "token", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("token", models.IntegerField()),
                ("node", models.TextField()),
                ("record_type", models.TextField(blank=True)),
                ("record_id", models.BigIntegerField(null=True)),
                ("arrived_at", models.DateTimeField()),
                ("waits_for", models.TextField()),
                ("due_at", models.DateTimeField(null=True)),
                ("sandbox", models.BooleanField(default=False)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to="procedures.case",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["version", "node"], name="procedures_token_node"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.IntegerField()),
                ("node", models.TextField()),
                ("title", models.TextField()),
                ("record_type", models.TextField(blank=True)),
                ("record_id", models.BigIntegerField(null=True)),
                ("queue", models.TextField(blank=True)),
                ("priority", models.IntegerField(default=0)),
                ("due_at", models.DateTimeField(null=True)),
                ("clock", models.TextField(blank=True)),
                ("evidence", models.TextField(blank=True)),
                (
                    "status",
                    models.TextField(
                        choices=[("open", "Open"), ("done", "Done"), ("withdrawn", "Withdrawn")], default="open"
                    ),
                ),
                ("offered_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by_label", models.TextField(blank=True)),
                ("outcome", models.TextField(blank=True)),
                ("answers", models.JSONField(default=dict)),
                ("sandbox", models.BooleanField(default=False)),
                (
                    "assignee",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="work_items",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="work_items", to="procedures.case"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "open")),
                        fields=["assignee", "due_at"],
                        name="procedures_work_mine",
                    ),
                    models.Index(
                        condition=models.Q(("assignee__isnull", True), ("status", "open")),
                        fields=["queue", "due_at"],
                        name="procedures_work_queue",
                    ),
                    models.Index(
                        condition=models.Q(("status", "open")),
                        fields=["record_type", "record_id"],
                        name="procedures_work_record",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("case", "token"),
                        name="procedures_work_item_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("status", "open")),
                            models.Q(("closed_at__isnull", False), ("status__in", ["done", "withdrawn"])),
                            _connector="OR",
                        ),
                        name="procedures_work_item_status",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConditionWait",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_id", "wait", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("wait", models.IntegerField()),
                ("record_type", models.TextField(blank=True)),
                ("record_id", models.BigIntegerField(null=True)),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="condition_waits",
                        to="procedures.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["record_type", "record_id"], name="procedures_condition_record"),
                    django.contrib.postgres.indexes.GinIndex(fields=["fields"], name="procedures_condition_fields"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="decisionpin",
            constraint=models.UniqueConstraint(fields=("version", "ref"), name="procedures_pin_ref"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("status__in", ["starting", "running"])),
                fields=["version"],
                name="procedures_case_running",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["version", "ended_at"], name="procedures_case_ended"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(LOGS, NO_LOGS)],
            state_operations=[
                migrations.CreateModel(
                    name="CaseEvent",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "case_id", "seq", "at", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("case_id", models.BigIntegerField()),
                        ("seq", models.BigIntegerField()),
                        ("at", models.DateTimeField()),
                        ("kind", models.TextField()),
                        ("node", models.TextField(blank=True)),
                        ("flow", models.TextField(blank=True)),
                        ("token", models.IntegerField(null=True)),
                        ("version_id", models.BigIntegerField()),
                        ("actor_kind", models.TextField()),
                        ("actor_id", models.TextField(blank=True)),
                        ("previous_node", models.TextField(blank=True)),
                        ("elapsed_us", models.BigIntegerField(null=True)),
                        ("sandbox", models.BooleanField(default=False)),
                    ],
                    options={
                        "db_table": "procedures_case_event",
                    },
                ),
                migrations.CreateModel(
                    name="CaseInput",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "case_id", "number", "at", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("case_id", models.BigIntegerField()),
                        ("number", models.BigIntegerField()),
                        ("at", models.DateTimeField()),
                        ("command", models.BinaryField()),
                        ("facts", models.BinaryField(null=True)),
                        ("events", models.BinaryField()),
                        ("first_seq", models.BigIntegerField()),
                        ("version_id", models.BigIntegerField()),
                        ("actor_kind", models.TextField()),
                        ("actor_id", models.TextField(blank=True)),
                        ("actor_label", models.TextField(blank=True)),
                        ("cause", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "db_table": "procedures_case_input",
                    },
                ),
            ],
        ),
        migrations.RunSQL(IMMUTABLE, MUTABLE),
        migrations.RunSQL(ROOM, NO_ROOM),
    ]
