from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0003_lead_counted"),
    ]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="quality",
            field=models.SmallIntegerField(blank=True, null=True),
        ),
    ]
