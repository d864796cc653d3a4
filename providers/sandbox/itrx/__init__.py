"""iTRX as an upstream. Shapes and texts: specs/itrx.md; `wire` is shared with the client, the rest is not."""
