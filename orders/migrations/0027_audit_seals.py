"""Seals over the audit trail, their schedule, and triggers: neither a row nor a seal is ever changed or deleted.

A later migration that makes SQLite rebuild one of these tables drops its triggers and has to add them again; the
invariants tell when they are missing.
"""

from django.db import migrations, models

TABLES = ("orders_auditentry", "orders_auditseal")
ACTS = ("UPDATE", "DELETE")
REFUSAL = "rows of the audit trail are never changed"


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END$$"
        )
    for table in TABLES:
        for act in ACTS:
            schema_editor.execute(trigger(schema_editor.connection.vendor, table, act))


def trigger(vendor, table, act):
    start = f"CREATE TRIGGER {name_of(table, act)} BEFORE {act} ON {table}"
    if vendor == "postgresql":
        return f"{start} FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    return f"{start} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def name_of(table, act):
    return f"{table}_no_{act.lower()}"


def unguard(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        for act in ACTS:
            on_table = f" ON {table}" if is_postgresql else ""
            schema_editor.execute(f"DROP TRIGGER {name_of(table, act)}{on_table}")
    if is_postgresql:
        schema_editor.execute("DROP FUNCTION refuse_audit_change()")


def schedule(apps, schema_editor):
    Schedule = apps.get_model("django_q", "Schedule")
    func = "orders.tasks.seal_audit_trail"
    defaults = {"func": func, "schedule_type": "I", "minutes": 5, "repeats": -1}
    Schedule.objects.get_or_create(name="seal_audit_trail", defaults=defaults)


class Migration(migrations.Migration):
    dependencies = [("orders", "0026_shared_cache"), ("django_q", "0018_task_success_index")]
    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "number",
                    models.BigIntegerField(
                        help_text="1 and up, without gaps", primary_key=True, serialize=False
                    ),
                ),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField(unique=True)),
                ("count", models.PositiveIntegerField()),
                ("rows", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 1), ("first_id__lte", models.F("last_id"))),
                        name="audit_seal_has_rows",
                    )
                ],
            },
        ),
        migrations.RunPython(guard, unguard),
        migrations.RunPython(schedule, migrations.RunPython.noop),
    ]
