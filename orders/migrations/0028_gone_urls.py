import django.db.models.deletion
from django.db import migrations, models


def name_urls(apps, schema_editor):
    """Until now the host was flagged: the URLs of it that said 410 to a native event stand in the log."""
    logs = apps.get_model("orders", "CallbackLog").objects
    gone = apps.get_model("orders", "GoneUrl").objects
    for host in apps.get_model("orders", "CallbackHost").objects.filter(flagged_at__isnull=False):
        refused = logs.filter(host=host.host, status=410, callback__format="native").order_by("pk")
        for url, callback, at in refused.values_list("callback__url", "callback", "created_at").iterator():
            gone.get_or_create(url=url, defaults={"host": host, "callback_id": callback, "flagged_at": at})


class Migration(migrations.Migration):
    dependencies = [("orders", "0027_audit_seals")]

    operations = [
        migrations.CreateModel(
            name="GoneUrl",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=2048, unique=True)),
                ("flagged_at", models.DateTimeField()),
                (
                    "callback",
                    models.ForeignKey(
                        help_text="it refused this",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.callback",
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gone_urls",
                        to="orders.callbackhost",
                    ),
                ),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.RunPython(name_urls, migrations.RunPython.noop),
        migrations.RemoveField(model_name="callbackhost", name="flagged_at"),
    ]
