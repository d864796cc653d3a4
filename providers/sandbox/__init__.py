"""A stand-in for all upstreams, a TRON node and a merchant inbox, as one HTTP process for demo and tests.

    python -m providers.sandbox --port 8100 --data-dir var

It speaks iTRX, TronZap and CrossingPay as upstreams do, with their real signature checks, sharing the pure wire
modules with the clients and nothing else. What comes out of an order is scripted by its address or by the control
page at `/`; what the upstreams sell arrives on the node's chain (`tron/`), whose page is at `/chain`. Being the other
side, it knows its callers' secrets in clear (sandbox.sqlite3, mode 0600): never give it a real one. It needs no Django
settings and keeps its state over a restart.
"""
