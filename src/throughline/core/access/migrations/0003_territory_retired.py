from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_shares_and_territories"),
    ]

    operations = [
        migrations.AddField(
            model_name="territory",
            name="retired_at",
            field=models.DateTimeField(null=True),
        ),
    ]
