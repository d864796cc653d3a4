"""The rules a fresh installation starts with; staff change them on their page."""

from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("orders", "SweepPolicy").objects.create(
        merchant=None, minimum_micro=10_000_000, most_price_sun=20_000_000, payer="merchant"
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0018_sweeps")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
