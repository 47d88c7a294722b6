"""The keys of records, the likely pairs, what was learned of them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("journal", "0001_journal")]

    operations = [
        migrations.CreateModel(
            name="Followed",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("era", models.SmallIntegerField(default=0)),
                ("txid", models.BigIntegerField(default=0)),
                ("entry_id", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="LearnedWeights",
            fields=[
                ("record_type", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("weights", models.JSONField()),
                ("records", models.IntegerField()),
                ("learned_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CommonKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("key", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("record_type", "key"), name="matching_common_once")],
            },
        ),
        migrations.CreateModel(
            name="LikelyPair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("one_id", models.BigIntegerField()),
                ("other_id", models.BigIntegerField()),
                ("bits", models.FloatField()),
                ("reasons", models.JSONField(default=list)),
                ("found_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Not decided"), ("different", "Different"), ("merged", "Merged")],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("record_type"),
                        models.OrderBy(models.F("bits"), descending=True),
                        models.F("id"),
                        condition=models.Q(("status", "open")),
                        name="matching_pair_open",
                    ),
                    models.Index(fields=["record_type", "other_id"], name="matching_pair_other"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("record_type", "one_id", "other_id"), name="matching_pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(("one_id__lt", models.F("other_id"))), name="matching_pair_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordKeys",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("record_id", models.BigIntegerField()),
                ("keys", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["keys"], name="matching_keys_shared")],
                "constraints": [
                    models.UniqueConstraint(fields=("record_type", "record_id"), name="matching_keys_record")
                ],
            },
        ),
    ]
