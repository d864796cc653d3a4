from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def fill(apps, schema_editor):
    """Callbacks made before this belong to their order's merchant; what is pending may be claimed when it is due."""
    callbacks = apps.get_model("orders", "Callback").objects
    orders = apps.get_model("orders", "Order").objects
    owner = orders.filter(pk=OuterRef("order_id")).values("merchant_id")
    callbacks.filter(merchant=None).update(merchant_id=Subquery(owner))
    callbacks.filter(status="pending").update(claimable_at=F("next_attempt_at"))
    callbacks.filter(attempts__gt=0).update(lane=1)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_callback_engine"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
