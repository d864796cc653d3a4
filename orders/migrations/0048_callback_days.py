"""SQLite only: callbacks of a day are found without reading the others. 0016 made the index of PostgreSQL.

There a tree would cost each try of a callback a tenth, since every update of a row writes to all of its trees. SQLite
writes to those whose columns change, and this one never does.
"""

from django.db import migrations


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("CREATE INDEX callback_created ON orders_callback (created_at)")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP INDEX callback_created")


class Migration(migrations.Migration):
    dependencies = [("orders", "0047_unsolidified_head")]
    operations = [migrations.RunPython(add, remove)]
