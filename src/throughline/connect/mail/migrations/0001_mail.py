"""What became of messages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="MailOutcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("message_id", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(blank=True, max_length=32)),
                ("purpose", models.CharField(max_length=32)),
                ("settled_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["settled_at"], name="mail_settled_at")],
            },
        ),
    ]
