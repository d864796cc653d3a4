"""What tests may call: servers of their own."""

from providers.http import AddressPolicy

LOOPBACK = AddressPolicy.opening(["127.0.0.0/8"])
