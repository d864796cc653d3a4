from backoffice.formats import *  # noqa: F403
