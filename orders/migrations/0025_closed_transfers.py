"""No transfer is written, changed or deleted in a month that is closed: the database itself refuses it.

SQLite keeps times as text that sorts by time. It drops triggers with a table that a later migration rebuilds: such a
migration must call `add` again (tests/orders/services/test_periods.py notices).
"""

from django.db import migrations

NAME = "transfer_in_open_period"
CLOSED = "EXISTS (SELECT 1 FROM orders_period WHERE reopened_at IS NULL AND until > {row}.created_at)"
ROWS = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}

POSTGRESQL = f"""
CREATE FUNCTION {NAME}() RETURNS trigger AS $$
BEGIN
    IF (TG_OP <> 'INSERT' AND {CLOSED.format(row="OLD")}) OR (TG_OP <> 'DELETE' AND {CLOSED.format(row="NEW")}) THEN
        RAISE EXCEPTION 'the period of this transfer is closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{NAME}';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER {NAME} BEFORE INSERT OR UPDATE OR DELETE ON orders_transfer
    FOR EACH ROW EXECUTE FUNCTION {NAME}();
"""


def _sqlite(act, rows):
    closed = " OR ".join(CLOSED.format(row=row) for row in rows)
    return (
        f"CREATE TRIGGER {NAME}_{act} BEFORE {act.upper()} ON orders_transfer WHEN {closed} "
        "BEGIN SELECT RAISE(ABORT, 'the period of this transfer is closed'); END"
    )


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)
    else:
        for act, rows in ROWS.items():
            schema_editor.execute(_sqlite(act, rows), params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {NAME} ON orders_transfer")
        schema_editor.execute(f"DROP FUNCTION {NAME}()")
    else:
        for act in ROWS:
            schema_editor.execute(f"DROP TRIGGER {NAME}_{act}")


class Migration(migrations.Migration):
    dependencies = [("orders", "0024_closed_periods")]
    operations = [migrations.RunPython(add, remove)]
