"""Alerts are looked for by the clock of the queue as well; and the view that finance reads every morning."""

from django.db import migrations
from django.utils import timezone

VIEW = {
    "path": "/admin/orders/callback/by-endpoint/",
    "query": "status__exact=exhausted&older=day",
    "is_shared": True,
}


def add(apps, schema_editor):
    defaults = {"func": "orders.tasks.watch_alerts", "schedule_type": "I", "minutes": 1, "repeats": -1}
    apps.get_model("django_q", "Schedule").objects.get_or_create(name="watch_alerts", defaults=defaults)
    name = "Failed callbacks older than a day, by endpoint"
    apps.get_model("orders", "SavedView").objects.create(name=name, created_at=timezone.now(), **VIEW)


class Migration(migrations.Migration):
    dependencies = [("orders", "0039_alerts"), ("django_q", "0018_task_success_index")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
