from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0021_merchant_scope"),
        ("providers", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="order",
            name="order_external_id",
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("active_hash", ""), _negated=True),
                fields=["active_hash"],
                name="attempt_active_hash",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("bandwidth_hash", ""), _negated=True),
                fields=["bandwidth_hash"],
                name="attempt_bandwidth_hash",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["external_id"], name="order_external_prefix", opclasses=["varchar_pattern_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("to_address", ""), _negated=True),
                fields=["to_address", "-id"],
                name="order_to_address",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("amount_micro__isnull", False)),
                fields=["amount_micro", "-id"],
                name="order_amount",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["status", "-id"], name="payment_status"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["amount_micro", "-id"], name="payment_amount"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("from_address", ""), _negated=True),
                fields=["from_address", "-id"],
                name="payment_from_address",
            ),
        ),
    ]
