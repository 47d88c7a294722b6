from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merging", "0001_merging"),
    ]

    operations = [
        migrations.AddField(
            model_name="merge",
            name="made",
            field=models.JSONField(default=list),
        ),
    ]
