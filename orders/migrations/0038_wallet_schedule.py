"""A look at wallets whose keys others have, each once a day, and at the terms of the token."""

from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.get_or_create(
        name="look_at_wallets",
        defaults={
            "func": "orders.tasks.look_at_wallets",
            "schedule_type": "I",
            "minutes": 15,
            "repeats": -1,
        },
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0037_wallet_balances"), ("django_q", "0018_task_success_index")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
