"""The product's settings, but django-q2 keeps the newest 250 successes, as it does by default."""

from backoffice.settings import *  # noqa: F403
from backoffice.settings import Q_CLUSTER

Q_CLUSTER["save_limit"] = 250
