"""A TRON node with a chain of its own, for demo and tests (specs/tron.md section 13).

It answers the node's HTTP, JSON-RPC and indexer paths in the node's shapes, validates and executes what is broadcast,
and can be made to fail in the ways nodes do. The parser's truth is the real payloads; this only adds the dynamics.
"""
