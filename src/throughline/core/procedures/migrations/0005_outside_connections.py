"""Connections with circuit breakers, and over which of them a wish goes."""

from django.db import migrations, models

# Looks into pg_class: to_regclass may answer from a cache that does not know yet what another session has just made.
MONTHS = """
CREATE OR REPLACE FUNCTION procedures_ensure_months(months date[]) RETURNS void LANGUAGE plpgsql AS $$
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
            CONTINUE WHEN EXISTS (SELECT FROM pg_tables WHERE tablename = part AND schemaname = current_schema());
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


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0004_moving_cases"),
    ]

    operations = [
        migrations.RunSQL(MONTHS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.TextField(
                        choices=[("closed", "Closed"), ("open", "Open"), ("half-open", "Half Open")], default="closed"
                    ),
                ),
                ("failures", models.IntegerField(default=0)),
                ("openings", models.IntegerField(default=0)),
                ("opened_at", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField(null=True)),
                ("last_success_at", models.DateTimeField(null=True)),
                ("last_failure_at", models.DateTimeField(null=True)),
                ("last_failure", models.TextField(blank=True, default="")),
                ("paused", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "closed"),
                            models.Q(("retry_at__isnull", False), ("state__in", ["open", "half-open"])),
                            _connector="OR",
                        ),
                        name="procedures_connection_state",
                    ),
                ],
            },
        ),
        migrations.RemoveIndex(
            model_name="outbox",
            name="procedures_outbox_next",
        ),
        migrations.AddField(
            model_name="outbox",
            name="connection",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="outbox",
            name="reported_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="outbox",
            index=models.Index(
                condition=models.Q(("status", "waiting")), fields=["connection", "due_at"], name="procedures_outbox_due"
            ),
        ),
    ]
