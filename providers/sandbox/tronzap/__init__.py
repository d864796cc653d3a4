"""TronZap as an upstream. Shapes and codes: specs/tronzap.md; `wire` is shared with the client, the rest is not."""
