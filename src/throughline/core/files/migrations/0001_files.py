import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Blob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("media_type", models.CharField(default="application/octet-stream", max_length=127)),
                ("size", models.BigIntegerField()),
                ("sha256", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                ("owner_id", models.BigIntegerField(null=True)),
                ("record_type", models.CharField(blank=True, max_length=32)),
                ("record_id", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["record_type", "record_id"], name="files_record")],
            },
        ),
        migrations.CreateModel(
            name="Chunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.IntegerField()),
                ("data", models.BinaryField()),
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="chunks", to="files.blob"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("blob", "place"), name="files_chunk_place")],
            },
        ),
    ]
