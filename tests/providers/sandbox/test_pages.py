"""The sandbox's pages load nothing but their own style sheet."""

import base64
import hashlib
import re

from providers.sandbox import pages


def test_the_policy_names_the_style_sheet_of_the_page_and_nothing_else() -> None:
    reply = pages.page("<script>alert(1)</script>", "lead", ["<p>content</p>"])
    (style,) = re.findall("<style>(.*?)</style>", reply.body.decode(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = reply.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "<script>" not in reply.body.decode()
