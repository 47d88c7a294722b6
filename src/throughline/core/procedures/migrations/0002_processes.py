"""Processes of call activities, cycles of schedules, several kinds of evidence; inputs without facts."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("procedures", "0001_procedures")]

    operations = [
        migrations.RemoveField(model_name="caseinput", name="facts"),
        migrations.AddField(model_name="case", name="process", field=models.TextField(blank=True, default="")),
        migrations.AddField(model_name="starttrigger", name="cycle", field=models.TextField(blank=True, default="")),
        migrations.RemoveField(model_name="workitem", name="evidence"),
        migrations.AddField(
            model_name="workitem",
            name="evidence",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
    ]
