"""Subtotals, and no transfer is written, changed or deleted before the last cut: the database itself refuses it, as
for closed months."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

closed = import_module("orders.migrations.0025_closed_transfers")
NAME = closed.NAME
FIXED = (
    "EXISTS (SELECT 1 FROM orders_period WHERE reopened_at IS NULL AND until > {row}.created_at) "
    "OR EXISTS (SELECT 1 FROM orders_ledgercut WHERE until > {row}.created_at)"
)

POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger AS $$
BEGIN
    IF (TG_OP <> 'INSERT' AND ({FIXED.format(row="OLD")})) OR (TG_OP <> 'DELETE' AND ({FIXED.format(row="NEW")})) THEN
        RAISE EXCEPTION 'the period of this transfer is closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{NAME}';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$ LANGUAGE plpgsql;
"""


def _sqlite(act, rows):
    fixed = " OR ".join(FIXED.format(row=row) for row in rows)
    return (
        f"CREATE TRIGGER {NAME}_{act} BEFORE {act.upper()} ON orders_transfer WHEN {fixed} "
        "BEGIN SELECT RAISE(ABORT, 'the period of this transfer is closed'); END"
    )


def extend(apps, schema_editor):
    """SQLite lost the triggers with the table that the new indexes rebuilt."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)
        return
    for act, rows in closed.ROWS.items():
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {NAME}_{act}", params=None)
        schema_editor.execute(_sqlite(act, rows), params=None)


def restore(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        closed.remove(apps, schema_editor)
    else:
        for act in closed.ROWS:
            schema_editor.execute(f"DROP TRIGGER {NAME}_{act}")
    closed.add(apps, schema_editor)


def _side(name):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name=f"{name}s",
        to="orders.ledgeraccount",
        db_index=False,
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0043_order_watch_indexes")]

    operations = [
        migrations.CreateModel(
            name="LedgerCut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateTimeField(unique=True)),
                ("summed_at", models.DateTimeField(null=True)),
            ],
            options={"ordering": ["-until"]},
        ),
        migrations.CreateModel(
            name="Subtotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateTimeField(db_index=True)),
                ("debits", models.BigIntegerField()),
                ("credits", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.ledgeraccount",
                    ),
                ),
            ],
            options={
                "ordering": ["-until", "account"],
                "constraints": [models.UniqueConstraint(fields=("account", "until"), name="subtotal_once")],
            },
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["debit", "created_at"], include=["amount"], name="transfer_debit_at"),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                fields=["credit", "created_at"], include=["amount"], name="transfer_credit_at"
            ),
        ),
        migrations.AlterField(model_name="transfer", name="debit", field=_side("debit")),
        migrations.AlterField(model_name="transfer", name="credit", field=_side("credit")),
        migrations.RunPython(extend, restore),
    ]
