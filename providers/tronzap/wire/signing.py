"""The signature: SHA-256 of the body and then the secret: no HMAC, no canonical form (spec section 1)."""

import hashlib
import hmac


def sign(body: bytes, secret: str) -> str:
    """Lower-case hex, 64 characters."""
    return hashlib.sha256(body + secret.encode()).hexdigest()


def signature_ok(body: bytes, secret: str, signature: str) -> bool:
    """In constant time; upper-case hex is accepted, "" (a missing header) is not."""
    # Bytes, because compare_digest raises on text that is not ASCII, and a header may hold anything.
    return hmac.compare_digest(sign(body, secret).encode(), signature.lower().encode("utf-8", "replace"))


def auth_headers(token: str, secret: str, body: bytes) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "X-Signature": sign(body, secret),
        "Content-Type": "application/json",
        "Accept": "application/json",
    }


def read_bearer(authorization: str) -> str:
    """The token of an `Authorization` header, "" if it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token if scheme.lower() == "bearer" else ""
