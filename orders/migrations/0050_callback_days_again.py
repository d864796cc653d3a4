"""SQLite only: 0049 rebuilt the table of callbacks, and with it went the index of 0048, which no model knows."""

from django.db import migrations


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("CREATE INDEX IF NOT EXISTS callback_created ON orders_callback (created_at)")


class Migration(migrations.Migration):
    dependencies = [("orders", "0049_reversals")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
