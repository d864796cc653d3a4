"""Wallets are read and ended days compared by the clock of the queue."""

from django.db import migrations

SCHEDULES = [("read_wallets", 60), ("reconcile", 30)]


def add(apps, schema_editor):
    Schedule = apps.get_model("django_q", "Schedule")
    for name, minutes in SCHEDULES:
        defaults = {"func": f"orders.tasks.{name}", "schedule_type": "I", "minutes": minutes, "repeats": -1}
        Schedule.objects.get_or_create(name=name, defaults=defaults)


class Migration(migrations.Migration):
    dependencies = [("orders", "0035_reconciliation"), ("django_q", "0018_task_success_index")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
