"""The state tables as Mermaid text, for the README; a test keeps both equal."""

from orders.states import FINAL_ORDER, OrderStatus, Table


def mermaid(table: Table) -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {OrderStatus.NEW}"]
    for status in OrderStatus:
        lines += [f"    {status} --> {target}" for target in OrderStatus if target in table.get(status, ())]
    lines += [f"    {status} --> [*]" for status in OrderStatus if status in FINAL_ORDER]
    return "\n".join(lines)
