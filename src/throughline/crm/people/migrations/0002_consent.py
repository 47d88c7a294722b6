import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("Enquiry", "Answering an enquiry"),
                            ("Newsletter", "Newsletter"),
                            ("Offers", "Offers"),
                            ("Surveys", "Surveys"),
                            ("Tracking", "Tracking of visits and clicks"),
                        ],
                        max_length=32,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("Email", "Email"), ("Phone", "Phone"), ("Chat", "Chat"), ("Post", "Post")],
                        max_length=32,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("Granted", "Granted"),
                            ("Denied", "Denied"),
                            ("Withdrawn", "Withdrawn"),
                            ("Expired", "Expired"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "lawful_basis",
                    models.CharField(
                        choices=[
                            ("Consent", "Consent"),
                            ("Contract", "Contract"),
                            ("Legal obligation", "Legal obligation"),
                            ("Vital interest", "Vital interest"),
                            ("Public task", "Public task"),
                            ("Legitimate interest", "Legitimate interest"),
                        ],
                        default="Consent",
                        max_length=32,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=64)),
                ("text", models.TextField(blank=True)),
                ("text_version", models.CharField(blank=True, max_length=16)),
                ("captured_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("proof", models.JSONField(blank=True, default=dict)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.CharField(blank=True, max_length=200)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="people.contact"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["contact", "-captured_at", "-id"], name="consent_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at", None), ("expires_at__gt", models.F("captured_at")), _connector="OR"
                        ),
                        name="consent_expires_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lawful_basis", "Consent"), ("status", "Granted"), ("text", ""), _negated=True
                        ),
                        name="consent_has_text",
                    ),
                ],
            },
        ),
    ]
