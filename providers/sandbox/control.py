"""The control API: JSON for tests, forms for the page. What each path takes is in the table of README-like PATHS."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from providers import strict_json
from providers.money import LARGEST, parse_units
from providers.sandbox import accounts, inbox, progress, purchases, rules
from providers.sandbox.accounts import Account, CallbackFormat, Dialect, NewAccount
from providers.sandbox.exchange import Refusal, Reply, Request, json_reply
from providers.sandbox.outcomes import Outcome
from providers.sandbox.purchases import Purchase
from providers.sandbox.rules import Rule
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.state import Store, stamp

INBOX_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_COUNT = 1_000_000
LONGEST_SECONDS = 3_600
