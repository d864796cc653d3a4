"""What the tests of the three dialects share."""

from django.core.servers.basehttp import WSGIServer

# Fifty at once must find room in the live server's queue, which else holds ten and may reset the rest. Set before any
# test starts that server, which all tests of a run share.
WSGIServer.request_queue_size = 128
