"""PostgreSQL only: any part of a merchant's name or of a callback host is found by index."""

from django.db import migrations

INDEXES = {
    "merchant_name_trigram": "orders_merchant USING gin (upper(name) gin_trgm_ops)",
    "callback_host_trigram": "orders_callbackhost USING gin (host gin_trgm_ops)",
}


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for name, columns in INDEXES.items():
        schema_editor.execute(f"CREATE INDEX {name} ON {columns}")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("orders", "0022_search_indexes")]
    operations = [migrations.RunPython(add, remove)]
