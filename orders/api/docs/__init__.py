"""Public documentation of the merchant APIs, one OpenAPI 3.1 document per dialect.

parts   what documents are made of      itrx, tronzap, crossingpay   the documents
page    a document laid out for people  views                        both as they are served, below /docs/
"""
