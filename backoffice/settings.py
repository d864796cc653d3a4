"""Every setting, and the only reader of the environment. `.env.example` lists the variables."""

import secrets
import warnings
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.environment import (
    env,
    flag,
    is_set,
    networks,
    nodes,
    private_file,
    secret,
    text,
    whole,
    words,
)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(text("DATA_DIR", "var")).expanduser()
DATA_DIR = DATA_DIR if DATA_DIR.is_absolute() else BASE_DIR / DATA_DIR

BIND_HOST = text("BIND_HOST", "127.0.0.1")
PORT = whole("PORT", 8000, least=1, most=65535)
WEB_WORKERS = whole("WEB_WORKERS", 2, least=1)
SANDBOX_PORT = whole("SANDBOX_PORT", 8100, least=1, most=65535)
PUBLIC_URL = text("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
DEMO_PASSWORD = text("DEMO_PASSWORD", "")  # empty: backoffice/demo_password.py makes one

# --- secrets ------------------------------------------------------------------------------------------------
SECRET_KEY = secret("SECRET_KEY", DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
# Newest first: the first encrypts, all decrypt; `manage.py reencrypt` moves every row to the first.
ENCRYPTION_KEYS = secret(
    "ENCRYPTION_KEYS", DATA_DIR / "encryption_keys", lambda: Fernet.generate_key().decode()
).split(",")
# Keys of the digests by which API keys are found; newest first, versioned apart from the ring above.
DIGEST_KEYS = secret("DIGEST_KEYS", DATA_DIR / "digest_keys", lambda: secrets.token_urlsafe(32)).split(",")
KEYS_FROM_FILES = [name for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "DIGEST_KEYS") if not is_set(name)]

# --- site ---------------------------------------------------------------------------------------------------
DEBUG = flag("DEBUG", False)
BEHIND_TLS = flag("BEHIND_TLS", False)
# Proxies in front of the web server whose X-Forwarded-For is believed; 0: the peer's own address counts.
TRUSTED_PROXIES = whole("TRUSTED_PROXIES", 0)
ALLOWED_HOSTS = words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("ru", "Русский")]
# All of ours before any of the frameworks' own: what they lack or say otherwise is in one of these.
LOCALE_PATHS = [BASE_DIR / name / "locale" for name in ("backoffice", "orders", "providers")]
FORMAT_MODULE_PATH = "backoffice.formats"
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_PATH, LANGUAGE_COOKIE_AGE = "language", "/admin/", 31_536_000
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = True, "Lax"
TIME_ZONE = text("TIME_ZONE", "UTC")
USE_TZ = True
USE_I18N = True

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "backoffice.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_q",
    "providers",
    "orders",
    "backoffice.apps.BackofficeConfig",
]
MIDDLEWARE = [
    "backoffice.health.health_middleware",
    "backoffice.origins.origin_middleware",
    "backoffice.viewer_zone.viewer_zone_middleware",
    "django.middleware.security.SecurityMiddleware",
    "backoffice.page_headers.PageHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "backoffice.viewer_language.viewer_language_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backoffice.refusals.refusal_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "backoffice.login.door.Door",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backoffice.login.pages.look",
            ],
            # Not in a templatetags package: unfold loads those while it is being imported itself.
            "libraries": {"order_display": "orders.admin.template_tags"},
        },
    }
]

# --- database -----------------------------------------------------------------------------------------------
DATABASE_URL = text("DATABASE_URL", "") or f"sqlite:///{private_file(DATA_DIR / 'db.sqlite3')}"


def _database(url: str) -> dict[str, Any]:
    # Opened once a thread: opening one for each request costs more than most requests do.
    config: dict[str, Any] = env.db_url_config(url) | {"CONN_MAX_AGE": None}
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
        }
    elif config["ENGINE"].endswith("postgresql"):
        config["CONN_HEALTH_CHECKS"] = True
    else:
        raise ImproperlyConfigured("DATABASE_URL must be sqlite or postgres")
    return config


DATABASES = {"default": _database(DATABASE_URL)}
# SQLite ignores what else an index of PostgreSQL carries.
SILENCED_SYSTEM_CHECKS = ["models.W040"]
# What throttles a login must be seen by every process, so it is in the database; a migration makes the table. What is
# only remembered to save a question ("process") is not.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# --- staff login and transport security ---------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTHENTICATION_BACKENDS = [
    "backoffice.merchant_limits.MerchantLimits",  # the first: it only takes away
    "backoffice.login.backend.StaffBackend",
]
LOGIN_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
LOGIN_FAILURES_PER_MINUTE = whole("LOGIN_FAILURES_PER_MINUTE", 10, least=1)
REQUIRE_TWO_FACTOR = flag("REQUIRE_TWO_FACTOR", True)
SESSION_COOKIE_AGE = whole("SESSION_HOURS", 12, least=1) * 3600
SESSION_IDLE_SECONDS = whole("SESSION_IDLE_MINUTES", 30, least=1) * 60
STEP_UP_SECONDS = whole("STEP_UP_MINUTES", 10, least=1) * 60

# allauth: people log in by name, are made by an administrator, and prove a second factor.
ACCOUNT_ADAPTER = "backoffice.login.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True  # how long a session lasts is not the browser's choice
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Tries to log in are counted in the default cache: of an address, and the failed ones of an address and of a name.
ACCOUNT_RATE_LIMITS = {
    "login": f"{3 * LOGIN_FAILURES_PER_MINUTE}/m/ip",
    "login_failed": f"{LOGIN_FAILURES_PER_MINUTE}/m/ip,5/5m/key",
}
MFA_ADAPTER = "backoffice.login.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "add_webauthn": "backoffice.login.forms.AddPasskey",
    "edit_webauthn": "backoffice.login.forms.EditPasskey",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "TRON back office"
# A used code is remembered for the 30 seconds of its step, so it must not be good for longer.
MFA_TOTP_TOLERANCE = 0
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BEHIND_TLS  # browsers themselves allow it on localhost only

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True  # forms carry the token, no script reads it
if BEHIND_TLS:  # names that a browser takes only from this very host, over TLS
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"

# What a browser may load, everywhere: our own style sheets and pictures. No script, no frame, no other host.
_NOTHING_ELSE = {"default-src": [NONE], "base-uri": [NONE], "frame-ancestors": [NONE], "form-action": [SELF]}
CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**_NOTHING_ELSE, "style-src": [SELF], "img-src": [SELF]}}
# Below /admin/ the theme needs more. Alpine evaluates the expressions in its attributes: unsafe-eval; no inline script
# runs all the same. The theme writes its colours into a style element, and htmx, Alpine and the scroll bars set style
# attributes: unsafe-inline, for styles alone. The QR code of an authenticator app is a data: picture.
ADMIN_CONTENT_SECURITY_POLICY = {
    **_NOTHING_ELSE,
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
}
PERMISSIONS_POLICY = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(),"
    " publickey-credentials-get=(self), publickey-credentials-create=(self)"
)

# --- looks of the staff pages --------------------------------------------------------------------------------
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("TRON back office"),
    "SITE_HEADER": _("TRON back office"),
    "SITE_SYMBOL": "hub",
    "SITE_URL": None,
    "SHOW_HISTORY": False,  # the audit trail is the history
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": lambda request: reverse("language")},
    "STYLES": [
        lambda request: static("backoffice/backoffice.css"),
        lambda request: static("backoffice/search.css"),
    ],
    "SCRIPTS": [
        lambda request: static("backoffice/backoffice.js"),
        lambda request: static("backoffice/search.js"),
        lambda request: static("backoffice/keyboard.js"),
        lambda request: static("backoffice/choices.js"),
        lambda request: static("backoffice/pictures.js"),
    ],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("backoffice/favicon.svg")}
    ],
    "DASHBOARD_CALLBACK": "backoffice.dashboard.fill",
    "ACCOUNT": {"navigation": "backoffice.login.pages.links"},
    "SIDEBAR": {"navigation": "backoffice.navigation.sidebar"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(54.6% .245 262.9)",
            "700": "oklch(48.8% .243 264.4)",
            "800": "oklch(42.4% .199 265.6)",
            "900": "oklch(37.9% .146 265.5)",
            "950": "oklch(28.2% .091 267.9)",
        }
    },
}

# --- static files -------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "backoffice" / "static"]
# No collectstatic needed before the first page, so its directory may be missing.
WHITENOISE_USE_FINDERS = True
warnings.filterwarnings("ignore", "No directory at", UserWarning)

# --- provider calls -----------------------------------------------------------------------------------------
PROVIDER_CONNECT_SECONDS = whole("PROVIDER_CONNECT_SECONDS", 5, least=1)
PROVIDER_TOTAL_SECONDS = whole("PROVIDER_TOTAL_SECONDS", 20, least=1)
# Upstreams' addresses that may be called although they are not public. Nothing else opens any, DEBUG neither.
PROVIDER_ALLOWED_NETWORKS = networks("PROVIDER_ALLOWED_NETWORKS")
# A web request waits for this one.
CHAIN_FACTS_SECONDS = whole("CHAIN_FACTS_SECONDS", 3, least=1)

# --- chain --------------------------------------------------------------------------------------------------
# Nodes in the order in which they are asked. Each may have its own address of the solidified state and its own key.
TRON_NETWORK = text("TRON_NETWORK", "mainnet")
USDT_CONTRACT = text("USDT_CONTRACT", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t")
TRON_NODES = nodes(text("TRON_NODE_URL", ""), text("TRON_SOLIDITY_URL", ""), text("TRON_NODE_API_KEY", ""))
TRON_REQUESTS_PER_SECOND = whole("TRON_REQUESTS_PER_SECOND", 15)  # 0: without limit
TRON_REQUESTS_PER_DAY = whole("TRON_REQUESTS_PER_DAY", 0)  # 0: not known

# --- wallet keys --------------------------------------------------------------------------------------------
# Private keys that open wallets, newest first: for the signer's process alone, which backoffice/checks.py watches.
WALLET_KEYS = words("WALLET_KEYS")
# With the public half of the newest everybody can seal. `make_wallet_key --keep` writes the file.
WALLET_PUBLIC_KEY = text("WALLET_PUBLIC_KEY", "")
WALLET_KEYS_FILE, WALLET_PUBLIC_KEY_FILE = DATA_DIR / "wallet_keys", DATA_DIR / "wallet_public_key"

# --- queue --------------------------------------------------------------------------------------------------
Q_BROKER = text("Q_BROKER", "orm")
REDIS_URL = text("REDIS_URL", "redis://127.0.0.1:6379/0")
Q_WORKERS = whole("Q_WORKERS", 4, least=1)
# The longest task makes two provider calls, one after the other.
_TASK_SECONDS = 10 + 2 * (PROVIDER_CONNECT_SECONDS + PROVIDER_TOTAL_SECONDS)
Q_CLUSTER: dict[str, Any] = {
    "name": text("Q_NAME", "orders"),
    "workers": Q_WORKERS,
    "queue_limit": Q_WORKERS,
    # -1 keeps failures only: pruning a history of successes on each save costs a factor of
    # three to five for empty tasks (tests/bench).
    "save_limit": -1,
    "poll": 0.05,
    "timeout": _TASK_SECONDS,
    # More than timeout x (1 + queue_limit / workers): a task in work is never handed out again.
    "retry": 2 * _TASK_SECONDS + 30,
    "max_attempts": 3,
    "catch_up": False,
    "label": _("Queue"),
}
match Q_BROKER:
    case "orm":
        Q_CLUSTER["orm"] = "default"
    case "redis":
        Q_CLUSTER["redis"] = REDIS_URL
    case _:
        raise ImproperlyConfigured("Q_BROKER must be orm or redis")

# --- orders -------------------------------------------------------------------------------------------------
LOOK_UP_GRACE_SECONDS = whole("LOOK_UP_GRACE_SECONDS", 300, least=1)
ORDER_DEADLINE_SECONDS = whole("ORDER_DEADLINE_SECONDS", 3600, least=10)
WATCH_SILENCE_SECONDS = whole("WATCH_SILENCE_SECONDS", 600, least=1)
POLL_SECONDS = whole("POLL_SECONDS", 5, least=1)
CLAIM_SECONDS = whole("CLAIM_SECONDS", 30, least=1)
APPROVAL_LIMIT_SUN = whole("APPROVAL_LIMIT_SUN", 100_000_000)
APPROVAL_LIMIT_MICRO_USDT = whole("APPROVAL_LIMIT_MICRO_USDT", 100_000_000)
EXPLORER_TX_URL = text("EXPLORER_TX_URL", "https://tronscan.org/#/transaction/")
DEFAULT_MERCHANT_TIME_ZONE = text("DEFAULT_MERCHANT_TIME_ZONE", "Asia/Shanghai")

# Energy of a USDT transfer, to an address that holds USDT and to one that does not.
COLLECT_ENERGY_HOLDER = whole("COLLECT_ENERGY_HOLDER", 65_000, least=10_000, most=100_000_000)
COLLECT_ENERGY_NEW = whole("COLLECT_ENERGY_NEW", 131_000, least=10_000, most=100_000_000)

# --- merchant APIs ------------------------------------------------------------------------------------------
API_REQUESTS_PER_MINUTE = whole("API_REQUESTS_PER_MINUTE", 6000, least=1)
API_FAILURES_PER_MINUTE = whole("API_FAILURES_PER_MINUTE", 60, least=1)
API_TIMESTAMP_TOLERANCE_SECONDS = whole("API_TIMESTAMP_TOLERANCE_SECONDS", 300)
# Some clients and proxies only look at the status; TronZap itself answers its errors with 200.
TRONZAP_ERROR_STATUS = flag("TRONZAP_ERROR_STATUS", False)

# --- callbacks ----------------------------------------------------------------------------------------------
CALLBACK_TIMEOUT_SECONDS = whole("CALLBACK_TIMEOUT_SECONDS", 10, least=1)
# Processes of one dispatcher on PostgreSQL; tries it has under way at a time, altogether and towards one host.
CALLBACK_PROCESSES = whole("CALLBACK_PROCESSES", 2, least=1, most=64)
CALLBACK_CONCURRENCY = whole("CALLBACK_CONCURRENCY", 1000, least=4)
CALLBACK_HOST_CONCURRENCY = whole("CALLBACK_HOST_CONCURRENCY", 16, least=1)
# Apart from the providers' setting: these URLs come from merchants, who must not reach what administrators may.
CALLBACK_ALLOWED_NETWORKS = networks("CALLBACK_ALLOWED_NETWORKS")
PROVIDER_CALLBACK_TOLERANCE_SECONDS = whole("PROVIDER_CALLBACK_TOLERANCE_SECONDS", 300, least=1)

# --- alerts -------------------------------------------------------------------------------------------------
# Empty: not told by that way. Each alert once in the quiet period while it lasts, and once when it is over.
ALERT_EMAIL_TO = words("ALERT_EMAIL_TO")
ALERT_EMAIL_FROM = text("ALERT_EMAIL_FROM", "backoffice@localhost")
ALERT_WEBHOOK_URL = text("ALERT_WEBHOOK_URL", "")
ALERT_WEBHOOK_SECRET = text("ALERT_WEBHOOK_SECRET", "")  # whsec_…, see providers/webhooks.py
if ALERT_WEBHOOK_URL and not ALERT_WEBHOOK_SECRET:
    raise ImproperlyConfigured("ALERT_WEBHOOK_URL needs ALERT_WEBHOOK_SECRET: what we post is signed")
ALERT_QUIET_MINUTES = whole("ALERT_QUIET_MINUTES", 60, least=1)
EMAIL_HOST = text("EMAIL_HOST", "localhost")
EMAIL_PORT = whole("EMAIL_PORT", 25, least=1, most=65535)
EMAIL_HOST_USER = text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = text("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_TLS", False)
EMAIL_TIMEOUT = 20

BODY_RETENTION_DAYS = whole("BODY_RETENTION_DAYS", 90, least=1)

# --- logs ---------------------------------------------------------------------------------------------------
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # backoffice/failures.py has a line without traceback.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "urllib3": {"level": "WARNING"},
        "django-q": {"level": "WARNING"},
    },
}
