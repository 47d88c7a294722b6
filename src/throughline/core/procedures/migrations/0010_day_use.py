"""How often each arrow and node was used on each day is counted when the log is written."""

from django.db import migrations, models

COUNT = """
INSERT INTO procedures_dayuse (version_id, day, kind, node, flow, times, rested, rested_us, is_merged)
SELECT version_id, (at AT TIME ZONE 'UTC')::date, kind, node, flow, {sign}count(*), {sign}count(elapsed_us),
       {sign}coalesce(sum(elapsed_us), 0), {merged}
FROM {rows} WHERE NOT sandbox GROUP BY 1, 2, 3, 4, 5
"""

FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {statement};
    RETURN NULL;
END $$;
"""

TRIGGER = """
CREATE TRIGGER {name}_{when} AFTER {when} ON procedures_case_event REFERENCING {rows} FOR EACH STATEMENT
    EXECUTE FUNCTION {name}();
"""

CAME, GONE = "procedures_use_came", "procedures_use_gone"

TRIGGERS = "".join(
    (
        FUNCTION.format(name=CAME, statement=COUNT.format(sign="", rows="came", merged="false").strip()),
        FUNCTION.format(name=GONE, statement=COUNT.format(sign="-", rows="gone", merged="false").strip()),
        *(TRIGGER.format(name=CAME, when=when, rows="NEW TABLE AS came") for when in ("INSERT", "UPDATE")),
        *(TRIGGER.format(name=GONE, when=when, rows="OLD TABLE AS gone") for when in ("DELETE", "UPDATE")),
    )
)

NO_TRIGGERS = f"""
DROP FUNCTION {CAME}() CASCADE;
DROP FUNCTION {GONE}() CASCADE;
"""


class Migration(migrations.Migration):
    """Make the table, count what there is, and let the log count itself from now on."""

    dependencies = [("procedures", "0009_timer_lateness")]

    operations = [
        migrations.CreateModel(
            name="DayUse",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("version_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("kind", models.TextField()),
                ("node", models.TextField(blank=True)),
                ("flow", models.TextField(blank=True)),
                ("times", models.BigIntegerField()),
                ("rested", models.BigIntegerField()),
                ("rested_us", models.DecimalField(decimal_places=0, max_digits=30)),
                ("is_merged", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_merged", True)),
                        fields=("version_id", "day", "kind", "node", "flow"),
                        name="procedures_day_use_merged",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["version_id", "day"], name="procedures_day_use_version"),
                    models.Index(
                        condition=models.Q(("is_merged", False)), fields=["id"], name="procedures_day_use_loose"
                    ),
                ],
            },
        ),
        migrations.RunSQL(COUNT.format(sign="", rows="procedures_case_event", merged="true"), migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
