"""The house's rules (which room may use which), checked on the sources."""

import ast
import re
from graphlib import CycleError, TopologicalSorter

import pytest
from django.utils.module_loading import import_string
from django_q.models import Schedule

from tests.source_tree import (
    ROOT,
    functions,
    imports,
    imports_inside,
    is_within,
    modules,
    reachable,
    strings,
    tree,
)

DIALECTS = ("crossingpay", "itrx", "tronzap")
WIRES = {f"providers.{dialect}.wire" for dialect in DIALECTS}
LEAVES = {
    *("providers.base", "providers.errors", "providers.keyring"),
    *("providers.money", "providers.strict_json", "providers.targets", "providers.tron"),
    "providers.webhooks",
}
PURE = {
    *("orders.states", "orders.pricing", "orders.period_tariff", "orders.matching"),
    *("orders.sweeps", "orders.sentences", "orders.sentence_list", "orders.wire_sentences"),
    "orders.notation",
}
MODELS = {"orders.models", "providers.models"} | PURE | LEAVES
OUTSIDE = {
    *("providers.registry", "providers.http", "providers.masking", "providers.recording"),
    *("providers.diagnosis", "providers.webhook_diagnosis", "providers.mail"),
}
SERVICES = {"orders.services"} | MODELS | OUTSIDE | WIRES
EDGES = {"orders.services", "orders.forms", "orders.fields"} | MODELS
MAY_IMPORT = {
    **dict.fromkeys(PURE, PURE | LEAVES),
    "orders.diagram": PURE,
    "orders.models": MODELS,
    "orders.fields": LEAVES | {"orders.sentences", "orders.notation"},
    "orders.forms": EDGES,
    "orders.services": SERVICES,
    "orders.api": EDGES | WIRES | {"orders.api"},
    "orders.admin": EDGES | {"orders.admin"},
    "orders.tasks": EDGES,
    "orders.management": EDGES | {"orders.management"},
    "orders.urls": EDGES | {"orders.api", "orders.admin"},
    "orders.templatetags": EDGES,
    "orders.apps": {"orders.names"},
    "orders.names": set[str](),
}
# Among services: who stands on whom. A module not named here may be used by any, but is no way back up.
LEVELS = [{"ledger", "delivery"}, {"placing"}, {"fulfilment", "settlement"}, {"sweeping"}]
VAGUE_NAMES = {"utils", "helpers", "common", "misc", "manager", "managers"}
LONGEST_FUNCTION_LINES = 70
# The only place of the product, and the stand-in for everybody else.
MAY_CALL = {"providers.http", "providers.mail", "providers.sandbox"}
WAYS_OUT = {
    *("socket", "ssl", "http.client", "urllib.request", "ftplib", "smtplib", "poplib", "imaplib", "xmlrpc"),
    *("requests", "urllib3", "aiohttp", "aiohappyeyeballs", "httpx", "httpcore", "websockets", "pycurl"),
    *("socketserver", "subprocess", "multiprocessing.connection", "django.core.mail"),
}
OPENERS = {"open_connection", "create_connection", "sock_connect", "getaddrinfo", "create_subprocess_exec"}
# They start the installation's own programs, knock at them, and tell the sandbox its keys.
OWN_PROGRAMS = {
    *("backoffice.child", "backoffice.programs", "backoffice.demo"),
    "backoffice.management.commands.up",
}
READ_ENVIRONMENT = {
    *("backoffice.settings", "backoffice.environment", "backoffice.wsgi", "manage"),
    # The caller names the variable, so that a secret is in no argument list and no shell history.
    "orders.management.commands.add_provider_account",
}


def own_modules(*rooms: str) -> list[str]:
    return [name for name in modules() if any(is_within(name, room) for room in rooms)]


def own_imports(module: str) -> list[str]:
    return [name for name in sorted(imports(module)) if name in modules()]


def test_the_sources_are_found() -> None:
    assert {"backoffice.settings", "providers.base", "manage"} <= set(modules())
    assert "backoffice.environment" in imports("backoffice.settings")


@pytest.mark.parametrize("module", own_modules("providers"))
def test_providers_know_no_order(module: str) -> None:
    assert [name for name in imports(module) if re.match(r"(orders|backoffice)\b", name)] == []


@pytest.mark.parametrize("module", own_modules("orders"))
def test_orders_does_not_import_the_composition_root(module: str) -> None:
    assert [name for name in imports(module) if is_within(name, "backoffice")] == []


@pytest.mark.parametrize("module", [name for name in own_modules("orders") if modules()[name].stat().st_size])
def test_each_arrow_points_inward(module: str) -> None:
    room = next((room for room in MAY_IMPORT if is_within(module, room)), None)
    assert room is not None, "a new room needs its line in MAY_IMPORT"
    allowed = MAY_IMPORT[room]
    assert [name for name in own_imports(module) if not any(is_within(name, each) for each in allowed)] == []


@pytest.mark.parametrize("height", range(len(LEVELS)))
def test_no_service_reaches_a_higher_one(height: int) -> None:
    higher = {f"orders.services.{name}" for level in LEVELS[height + 1 :] for name in level}
    for name in LEVELS[height]:
        module = f"orders.services.{name}"
        if module in modules():
            assert reachable(module) & higher == set(), module


def test_no_module_imports_itself_through_others() -> None:
    graph = {name: own_imports(name) for name in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize("module", own_modules(*WIRES))
def test_wire_formats_are_pure(module: str) -> None:
    impure = r"(django|requests|urllib3|http|socket|orders|backoffice)\b|providers\.(models|http|registry)\b"
    assert [name for name in reachable(module) if re.match(impure, name)] == []


@pytest.mark.parametrize("module", sorted(PURE & set(modules())))
def test_pure_rules_touch_no_database_and_no_network(module: str) -> None:
    foreign = {name for name in reachable(module) if re.match(r"(django|requests|http|socket)\b", name)}
    allowed = ("django.utils.translation.", "django.utils.text.", "django.utils.functional.")
    words = {name for name in foreign if name.startswith(allowed)}
    assert foreign - words <= {"django.db.models.TextChoices"}  # a table of names, no ORM


@pytest.mark.parametrize("module", own_modules("providers.sandbox"))
def test_the_sandbox_shares_no_client_code(module: str) -> None:
    clients = {f"providers.{dialect}.client" for dialect in DIALECTS} | {
        "providers.http",
        "providers.registry",
    }
    assert [name for name in reachable(module) if any(is_within(name, each) for each in clients)] == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_dialect_knows_another(dialect: str) -> None:
    others = [f"providers.{other}" for other in DIALECTS if other != dialect]
    for module in own_modules(f"providers.{dialect}"):
        assert [name for name in imports(module) if any(is_within(name, other) for other in others)] == [], (
            module
        )


@pytest.mark.parametrize("module", own_modules("orders", "providers"))
def test_no_import_hides_in_a_function(module: str) -> None:
    assert [ast.unparse(node) for function in functions(module) for node in imports_inside(function)] == []


@pytest.mark.parametrize("module", modules())
def test_functions_stay_readable(module: str) -> None:
    lengths = {each.name: (each.end_lineno or 0) - each.lineno + 1 for each in functions(module)}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION_LINES} == {}


def test_modules_are_named_after_what_is_in_them() -> None:
    assert [name for name in modules() if VAGUE_NAMES & set(name.split("."))] == []


def test_every_task_path_resolves() -> None:
    pattern = re.compile(r"(?:orders|providers|backoffice)(?:\.\w+)*\.tasks\.\w+")
    paths = {text for module in modules() for text in strings(module) if pattern.fullmatch(text)}
    assert [path for path in sorted(paths) if not callable(import_string(path))] == []


@pytest.mark.django_db
def test_every_scheduled_task_resolves() -> None:
    paths = Schedule.objects.values_list("func", flat=True)
    assert [path for path in paths if not callable(import_string(path))] == []


@pytest.mark.parametrize(
    "module", sorted(set(own_modules("orders", "providers")) - set(own_modules(*MAY_CALL)))
)
def test_http_leaves_from_one_place(module: str) -> None:
    """Where addresses are judged. Sockets, clients and programs that could make a call are all meant."""
    doors = {name for name in imports(module) if any(is_within(name, each) for each in WAYS_OUT)}
    used = {ast.unparse(node) for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)}
    opened = {name for name in used if name.rpartition(".")[2] in {*OPENERS, "system", "popen"}}
    assert doors | opened == set()


def test_the_composition_root_calls_its_own_programs_only() -> None:
    users = {
        module
        for module in own_modules("backoffice")
        if any(is_within(name, each) for name in imports(module) for each in WAYS_OUT)
    }
    assert users == OWN_PROGRAMS


def settings_variables() -> list[str]:
    readers = {"text", "flag", "whole", "words", "networks", "secret"}
    return [
        node.args[0].value
        for node in ast.walk(tree("backoffice.settings"))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in readers
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


def test_the_example_lists_each_variable_once_below_a_comment() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    assignment = re.compile(r"#?([A-Z][A-Z0-9_]*)=")
    places = {match[1]: number for number, line in enumerate(lines) if (match := assignment.match(line))}
    assert sorted(places) == sorted(settings_variables())
    assert sum(bool(assignment.match(line)) for line in lines) == len(places)
    assert [name for name, number in places.items() if not lines[number - 1].startswith("# ")] == []


@pytest.mark.parametrize("module", sorted(set(modules()) - READ_ENVIRONMENT))
def test_only_settings_read_the_environment(module: str) -> None:
    reads = {name for name in imports(module) if name in {"os.environ", "os.getenv", "environ"}}
    used = {ast.unparse(node) for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)}
    assert reads | (used & {"os.environ", "os.getenv"}) == set()
