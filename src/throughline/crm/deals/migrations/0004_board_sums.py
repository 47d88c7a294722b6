"""What deals add up to is kept by the table of deals itself, so that the board need not read all of them."""

from django.db import migrations, models

OF_DEALS = (
    "pipeline_id, stage_id, currency, closed_at, owner_id, team_id, amount, expected_revenue, deleted_at, sandbox"
)

COUNT = """
INSERT INTO deals_dealsum (pipeline_id, stage_id, currency, on_day, owner_id, team_id, number, amount, amount_filled,
                           expected_revenue, expected_revenue_filled, is_merged)
SELECT pipeline_id, stage_id, currency, days.on_day, owner_id, team_id, sum(sign), coalesce(sum(sign * amount), 0),
       coalesce(sum(sign) FILTER (WHERE amount IS NOT NULL), 0), coalesce(sum(sign * expected_revenue), 0),
       coalesce(sum(sign) FILTER (WHERE expected_revenue IS NOT NULL), 0), {merged}
FROM ({rows}) AS deal
CROSS JOIN LATERAL (
    SELECT NULL::date AS on_day
    UNION ALL SELECT (deal.closed_at AT TIME ZONE 'UTC')::date WHERE deal.closed_at IS NOT NULL
) AS days
WHERE deal.deleted_at IS NULL AND NOT deal.sandbox
GROUP BY 1, 2, 3, 4, 5, 6
HAVING sum(sign) <> 0 OR sum(sign * amount) <> 0 OR sum(sign * expected_revenue) <> 0
    OR sum(sign) FILTER (WHERE amount IS NOT NULL) <> 0 OR sum(sign) FILTER (WHERE expected_revenue IS NOT NULL) <> 0
"""
CAME, GONE = (
    f"SELECT {sign} AS sign, {OF_DEALS} FROM {rows}" for sign, rows in ((1, "deals_that_came"), (-1, "deals_that_went"))
)
CHANGES = {
    "insert": (CAME, "REFERENCING NEW TABLE AS deals_that_came"),
    "delete": (GONE, "REFERENCING OLD TABLE AS deals_that_went"),
    "update": (
        f"{CAME} UNION ALL {GONE}",
        "REFERENCING NEW TABLE AS deals_that_came OLD TABLE AS deals_that_went",
    ),
}
"""Which rows each kind of statement adds to the sums; what an update leaves as it is cancels out."""

TRIGGER = """
CREATE FUNCTION deals_sum_{kind}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {statement};
    RETURN NULL;
END $$;
CREATE TRIGGER deals_sum_{kind} AFTER {kind} ON deals_deal {rows} FOR EACH STATEMENT
    EXECUTE FUNCTION deals_sum_{kind}();
"""

ANEW = f"""
CREATE FUNCTION deals_sum_anew() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE deals_deal IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM deals_dealsum;
    {COUNT.format(rows=f"SELECT 1 AS sign, {OF_DEALS} FROM deals_deal", merged="true").strip()};
END $$;
"""
"""Counts all deals again: for rows that were written while triggers were switched off."""

TRIGGERS = ANEW + "".join(
    (
        *(
            TRIGGER.format(kind=kind, rows=rows, statement=COUNT.format(rows=changed, merged="false").strip())
            for kind, (changed, rows) in CHANGES.items()
        ),
        TRIGGER.format(kind="truncate", rows="", statement="DELETE FROM deals_dealsum"),
    )
)

NO_TRIGGERS = "DROP FUNCTION deals_sum_anew();" + "".join(
    f"DROP FUNCTION deals_sum_{kind}() CASCADE;" for kind in (*CHANGES, "truncate")
)


class Migration(migrations.Migration):
    """Make the table, let the deals add themselves up from now on, and count what there is."""

    dependencies = [("deals", "0003_quality")]

    operations = [
        migrations.CreateModel(
            name="DealSum",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("owner_id", models.BigIntegerField(null=True)),
                ("team_id", models.BigIntegerField(null=True)),
                ("number", models.BigIntegerField()),
                ("is_merged", models.BooleanField(default=False)),
                ("pipeline_id", models.CharField(max_length=60)),
                ("stage_id", models.CharField(max_length=120)),
                ("currency", models.CharField(max_length=3)),
                ("on_day", models.DateField(null=True)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=30)),
                ("amount_filled", models.BigIntegerField()),
                ("expected_revenue", models.DecimalField(decimal_places=2, max_digits=30)),
                ("expected_revenue_filled", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_merged", True)),
                        fields=("pipeline_id", "stage_id", "currency", "on_day", "owner_id", "team_id"),
                        name="deal_sum_merged",
                        nulls_distinct=False,
                    ),
                ],
                "indexes": [
                    models.Index(condition=models.Q(("on_day", None)), fields=["pipeline_id"], name="deal_sum_whole"),
                    models.Index(
                        condition=models.Q(("on_day__isnull", False)), fields=["currency"], name="deal_sum_dated"
                    ),
                    models.Index(condition=models.Q(("is_merged", False)), fields=["id"], name="deal_sum_loose"),
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL("SELECT deals_sum_anew()", migrations.RunSQL.noop),
    ]
