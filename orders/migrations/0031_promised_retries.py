from django.db import migrations


def promise(apps, schema_editor):
    """A merchant's switch against automatic retries is CrossingPay's: it had wrongly governed the other formats too."""
    rows = apps.get_model("orders", "Callback").objects
    rows.filter(is_retried=False, is_test=False, format__in=["itrx", "native"]).update(is_retried=True)


class Migration(migrations.Migration):
    dependencies = [("orders", "0030_host_names")]

    operations = [migrations.RunPython(promise, migrations.RunPython.noop)]
