from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_affiliations"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="quality",
            field=models.SmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="organization",
            name="quality",
            field=models.SmallIntegerField(blank=True, null=True),
        ),
    ]
