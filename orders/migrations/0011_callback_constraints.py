from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_callback_owners"),
    ]

    operations = [
        migrations.AlterField(
            model_name="callback",
            name="merchant",
            field=models.ForeignKey(
                on_delete=models.deletion.PROTECT, related_name="callbacks", to="orders.merchant"
            ),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("claimable_at__isnull", False),
                        ("next_attempt_at__isnull", False),
                        ("status", "pending"),
                    ),
                    models.Q(
                        models.Q(("status", "pending"), _negated=True),
                        ("claimable_at", None),
                        ("next_attempt_at", None),
                    ),
                    _connector="OR",
                ),
                name="callback_next_attempt",
            ),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_test", False), ("order__isnull", False)),
                    models.Q(("is_test", True), ("order", None)),
                    _connector="OR",
                ),
                name="callback_of_order_or_test",
            ),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.CheckConstraint(
                condition=models.Q(("credential__isnull", False), ("format", "native"), _connector="OR"),
                name="callback_signed",
            ),
        ),
    ]
