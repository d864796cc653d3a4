from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0028_gone_urls")]

    operations = [
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(fields=["host", "-id"], name="callback_host_list"),
        ),
    ]
