from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_competences")]

    operations = [
        migrations.AddField(model_name="role", name="shipped_permissions", field=models.JSONField(default=dict)),
    ]
