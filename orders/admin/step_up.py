"""Secrets and money: pages that ask a person again who he is, if he has not proved it within STEP_UP_MINUTES.

The one table. Names are of the URLconf; `SENDING` asks only when something is sent, since the page is also a view.
"""

OPENING, SENDING = "opening", "sending"
STEP_UP = {
    # secrets: shown once, put in, or made useless
    "admin:orders_apicredential_add": OPENING,
    "admin:orders_apicredential_rotate": OPENING,
    "admin:orders_apicredential_revoke": OPENING,
    "admin:orders_apicredential_access": OPENING,
    "admin:orders_webhooksecret_add": OPENING,
    "admin:orders_webhooksecret_rotate": OPENING,
    "admin:orders_webhooksecret_revoke": OPENING,
    "admin:orders_wallet_add": OPENING,
    "admin:providers_provideraccount_add": OPENING,
    "admin:providers_provideraccount_replace_keys": OPENING,
    # money: booked, granted, decided, sent elsewhere
    "admin:orders_merchant_top_up": OPENING,
    "admin:orders_merchant_adjust": OPENING,
    "admin:providers_provideraccount_top_up": OPENING,
    "admin:orders_approval_grant": OPENING,
    "admin:orders_order_act": SENDING,
    "admin:orders_payment_attach": OPENING,
    "admin:orders_payment_dismiss": OPENING,
    "admin:orders_payment_reverse": OPENING,
    "admin:orders_period_close": OPENING,
    "admin:orders_period_reopen": OPENING,
    "admin:orders_coldwallet_propose": OPENING,
    "admin:orders_sweeppolicy_add": SENDING,
    "admin:orders_sweeppolicy_change": SENDING,
    "admin:orders_tariffrate_add": SENDING,
    "admin:orders_tariffrate_change": SENDING,
    # people: who may do all that
    "admin:auth_user_add": SENDING,
    "admin:auth_user_change": SENDING,
    "admin:auth_user_password_change": OPENING,
    "admin:auth_user_reset_second_factor": OPENING,
    "admin:auth_group_add": SENDING,
    "admin:auth_group_change": SENDING,
}
SAFE = {"GET", "HEAD", "OPTIONS"}


def is_needed(page: str, method: str) -> bool:
    when = STEP_UP.get(page)
    return when == OPENING or (when == SENDING and method not in SAFE)
