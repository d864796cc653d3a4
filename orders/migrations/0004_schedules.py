"""What the queue does by the clock. The worker's own heartbeat is faster; these serve a stock `qcluster`."""

from django.db import migrations

SCHEDULES = [("sweep", 1), ("refresh_accounts", 5), ("housekeeping", 15)]


def add(apps, schema_editor):
    Schedule = apps.get_model("django_q", "Schedule")
    for name, minutes in SCHEDULES:
        Schedule.objects.get_or_create(
            name=name,
            defaults={
                "func": f"orders.tasks.{name}",
                "schedule_type": "I",
                "minutes": minutes,
                "repeats": -1,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_window_overlap"), ("django_q", "0018_task_success_index")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
