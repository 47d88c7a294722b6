from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deals", "0002_prices_and_approvals"),
    ]

    operations = [
        migrations.AddField(
            model_name="deal",
            name="quality",
            field=models.SmallIntegerField(blank=True, null=True),
        ),
    ]
