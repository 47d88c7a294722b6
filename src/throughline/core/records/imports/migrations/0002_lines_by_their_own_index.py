"""Let lines and records of imports go without a second index of their import and a check of it for each line."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Change the links of two tables; their columns stay."""

    dependencies = [("imports", "0001_imports")]

    operations = [
        migrations.AlterField(
            model_name=name,
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name=related,
                to="imports.import",
            ),
        )
        for name, related in (("importedrecord", "records"), ("stagedrow", "staged"))
    ]
