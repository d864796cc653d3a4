"""CrossingPay served to merchants, so that a client of CrossingPay needs another base URL and nothing else.

gate          apikey, fields, answers and refusals       ordering  monitor and deposit
presentation  our rows in the dialect's words            reading   query

Every section named in this package is of specs/crossingpay.md.
"""
