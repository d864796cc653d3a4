"""410 over the wire: it ends the event and flags its URL, and nothing else of the host."""

from django.test import Client

from orders.models import Callback, GoneUrl, Merchant
from orders.services import webhook_secrets
from orders.services.dispatching.sending import deliver_due
from tests.orders.conftest import NOW
from tests.orders.services.conftest import MakeCallback
from tests.upstream import Upstream


def native(callback: Callback) -> None:
    Callback.objects.filter(pk=callback.pk).update(format="native", credential=None)


def test_410_ends_the_event_and_flags_the_url(
    itrx_callback: MakeCallback, merchant: Merchant, receiver: Upstream, admin_client: Client
) -> None:
    webhook_secrets.issue(merchant, now=NOW)
    gone = itrx_callback(f"{receiver.url}/gone")
    native(gone)
    receiver.answer(b"", 410)
    assert [each.status for each in deliver_due(clock=lambda: NOW)] == [410]
    gone.refresh_from_db()
    assert (gone.status, gone.next_attempt_at, gone.attempts) == ("exhausted", None, 1)
    [flag] = GoneUrl.objects.all()
    assert (flag.url, flag.callback, flag.host.circuit) == (gone.url, gone, "closed")

    other = itrx_callback(f"{receiver.url}/other")
    native(other)
    receiver.answer(b"", 204)
    assert [each.is_delivered for each in deliver_due(clock=lambda: NOW)] == [True]
    assert [each.path for each in receiver.received] == ["/gone", "/other"]

    page = admin_client.get(f"/admin/orders/callbackhost/{flag.host.pk}/change/").content.decode()
    assert gone.url in page
    assert other.url not in page.partition("Latest tries")[0]
    listed = admin_client.get("/admin/orders/callbackhost/", {"flag": "yes"}).context["cl"].result_list
    assert [host.host for host in listed] == [gone.host]
