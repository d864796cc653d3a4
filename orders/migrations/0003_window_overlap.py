"""PostgreSQL only: no two open payment orders wait for the same amount at one address in overlapping windows.

SQLite runs the same check inside its IMMEDIATE transactions (orders.services.placing.refuse_overlap).
"""

from django.db import migrations

OPEN = "'new', 'sending', 'unknown', 'accepted', 'waiting', 'attention'"


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    schema_editor.execute(
        "ALTER TABLE orders_order ADD CONSTRAINT order_window_overlap EXCLUDE USING gist ("
        "address WITH =, amount_micro WITH =, tstzrange(window_start, window_end, '[]') WITH &&"
        f") WHERE (kind IN ('monitor', 'deposit') AND status IN ({OPEN}))"
    )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE orders_order DROP CONSTRAINT order_window_overlap")


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_default_tariff")]
    operations = [migrations.RunPython(add, remove)]
