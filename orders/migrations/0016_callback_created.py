"""PostgreSQL only: callbacks of a past hour, of one merchant, are found without reading all the newer ones.

BRIN and not a tree: rows are written in the order of their time and keep it, and the many updates of a row's life
would each cost another entry in a tree.
"""

from django.db import migrations


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX callback_created ON orders_callback USING brin (created_at) WITH (autosummarize = on)"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX callback_created")


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_resend_jobs")]
    operations = [migrations.RunPython(add, remove)]
