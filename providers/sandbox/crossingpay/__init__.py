"""CrossingPay as an upstream: specs/crossingpay.md; `wire` is shared with the client, the rest is not."""
