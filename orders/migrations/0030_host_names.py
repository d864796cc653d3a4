"""An endpoint has one name: in lower case, without the usual port. Rows made before that rule are brought under it."""

from urllib.parse import urlsplit

from django.db import migrations
from django.db.models import F, Q
from django.db.models.functions import Lower

USUAL = {"http": ":80", "https": ":443"}
ODD = ~Q(host=Lower(F("host"))) | Q(host__endswith=":80") | Q(host__endswith=":443")
AT_ONCE = 2_000


def name_of(url, host):
    """As the host is to be called, by the URL it stands in; a log's URL may be masked, but not its scheme."""
    host = host.lower()
    try:
        return host.removesuffix(USUAL.get(urlsplit(url).scheme, ""))
    except ValueError:
        return host


def rename(apps, schema_editor):
    for model in ("Callback", "CallbackLog"):
        rows = apps.get_model("orders", model).objects
        last = 0
        while found := list(rows.filter(ODD, pk__gt=last).order_by("pk").only("pk", "host", "url")[:AT_ONCE]):
            for row in found:
                row.host = name_of(row.url, row.host)
            rows.bulk_update(found, ["host"])
            last = found[-1].pk
    # What is known of a host under an odd name is found out anew with its next try.
    hosts = apps.get_model("orders", "CallbackHost").objects
    used = apps.get_model("orders", "CallbackLog").objects
    for host in hosts.filter(ODD):
        if not used.filter(host=host.host).exists():
            host.gone_urls.update(host=hosts.get_or_create(host=name_of("https://", host.host))[0])
            host.delete()


class Migration(migrations.Migration):
    dependencies = [("orders", "0029_callback_host_list")]

    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
