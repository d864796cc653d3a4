"""The project's own modules, read with `ast` and never imported."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("backoffice", "orders", "providers")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, Path]:
    """Dotted name to file, migrations left out."""
    files = [ROOT / "manage.py", *(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))]
    named = {file.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): file for file in files}
    return {
        name.removesuffix(".__init__"): file
        for name, file in sorted(named.items())
        if ".migrations" not in name
    }


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text())


@cache
def imports(module: str) -> frozenset[str]:
    """Dotted names it imports at run time: own modules as such, foreign ones with the imported name."""
    typing_only = {id(node) for block in _typing_blocks(tree(module)) for node in ast.walk(block)}
    found = set[str]()
    for node in ast.walk(tree(module)):
        if id(node) not in typing_only:
            found.update(_imported_names(module, node))
    return frozenset(found)


@cache
def reachable(module: str) -> frozenset[str]:
    """Everything it imports, directly or through own modules. Packages above a module count: they run too."""
    seen = set[str]()
    waiting = {module}
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting |= imports(name) if name in modules() else set()
            waiting |= {above for above in _packages_above(name) if above in modules()}
    return frozenset(seen - {module})


def functions(module: str) -> Iterator[Function]:
    return (node for node in ast.walk(tree(module)) if isinstance(node, Function))


def imports_inside(function: Function) -> list[ast.stmt]:
    return [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]


def strings(module: str) -> Iterator[str]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def _typing_blocks(module: ast.Module) -> Iterator[ast.If]:
    for node in ast.walk(module):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield node


def _imported_names(module: str, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        source = _absolute(module, node)
        for alias in node.names:
            full = f"{source}.{alias.name}"
            yield full if full in modules() or source not in modules() else source


def _absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    is_package = modules()[module].name == "__init__.py"
    parts = module.split(".")
    base = parts[: len(parts) - node.level + is_package]
    return ".".join([*base, *([node.module] if node.module else [])])


def _packages_above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]
