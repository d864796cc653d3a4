"""The prices a fresh installation starts with; sources: specs/itrx.md section 7, specs/tronzap.md 3.1."""

from django.db import migrations

# dialect, part, duration_hours, min_amount, max_amount, price_sun
RATES = [
    ("itrx", "energy", 1, 10_000, 0, 100_000),
    ("itrx", "energy", 24, 10_000, 0, 200_000),
    ("itrx", "energy", 72, 10_000, 0, 152_000),
    ("itrx", "energy", 720, 10_000, 0, 124_000),
    ("itrx", "small_order", 0, 0, 49_999, 600_000),
    ("itrx", "bandwidth", 1, 300, 0, 1_000_000),
    ("itrx", "activation", 0, 0, 0, 1_500_000),
    ("itrx", "collect_bandwidth", 0, 0, 0, 345_000),
    ("itrx", "payment", 0, 0, 0, 0),
    ("tronzap", "energy", 1, 32_000, 131_000, 52_300),
    ("tronzap", "energy", 1, 131_000, 5_000_000, 49_100),
    ("tronzap", "bandwidth", 1, 300, 50_000, 1_000_000),
    ("tronzap", "activation", 0, 0, 0, 1_400_000),
    ("crossingpay", "payment", 0, 0, 0, 0),
]


def add(apps, schema_editor):
    TariffRate = apps.get_model("orders", "TariffRate")
    for dialect, part, duration_hours, min_amount, max_amount, price_sun in RATES:
        TariffRate.objects.create(
            dialect=dialect,
            part=part,
            duration_hours=duration_hours,
            min_amount=min_amount,
            max_amount=max_amount,
            price_sun=price_sun,
        )


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
