"""TronZap served to merchants, so that a client of TronZap needs another base URL and nothing else.

gate        signature, parameters, success and refusal     parameters    JSON values in, one refusal per mistake out
sold        tiers and bounds of the tariff                 purchases     what calculate and transaction/new both ask for
reading     the endpoints without effect                   transactions  transaction/new and /check
presentation  our rows in the dialect's words

Every section named in this package is of specs/tronzap.md.
"""
