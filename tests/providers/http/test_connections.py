from http.client import RemoteDisconnected

import pytest

from providers.http.connections import Watch, WatchedConnection
from tests.loopback import LOOPBACK


def test_a_socket_that_broke_while_sending_is_a_lost_answer_and_no_other_error() -> None:
    """urllib3 goes on to read after a broken pipe; seen with a peer that resets at the right moment."""
    connection = WatchedConnection(Watch(), LOOPBACK, "127.0.0.1", port=9)
    with pytest.raises(RemoteDisconnected):
        connection.getresponse()
