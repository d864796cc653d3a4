"""Public documentation of the merchant APIs, one OpenAPI 3.1 document per dialect and one of our own events.

parts   what documents are made of      itrx, tronzap, crossingpay, webhooks   the documents
page    a document laid out for people  views                        both as they are served, below /docs/
"""
