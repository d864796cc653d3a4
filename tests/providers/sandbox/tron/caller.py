"""A caller of the sandbox's node: reads it, steers it, and sends transactions that it signs itself."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import requests

from providers.sandbox.tron import wallets
from providers.tron import addresses, encoding, keys
from providers.tron.encoding import Contract, RawData, Signed
from tests.providers.sandbox.callers import TIMEOUT_SECONDS, session

MINUTE_MS = 60_000
USDT = addresses.from_hex(wallets.USDT)


@dataclass(frozen=True)
class Owner:
    """A wallet nobody has seen before."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def raw(self) -> bytes:
        return keys.address_of(self.key)

    @property
    def hex(self) -> str:
        return self.raw.hex()

    @property
    def address(self) -> str:
        return addresses.from_bytes(self.raw)


@dataclass
class Chain:
    url: str
    http: requests.Session = field(default_factory=session)

    def post(self, path: str, body: Any = None) -> requests.Response:
        return self.http.post(f"{self.url}{path}", json=body or {}, timeout=TIMEOUT_SECONDS)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.http.get(f"{self.url}{path}", params=query, timeout=TIMEOUT_SECONDS)

    def wallet(self, name: str, **parameters: Any) -> Any:
        return self.post(f"/wallet/{name}", parameters).json()

    def solid(self, name: str, **parameters: Any) -> Any:
        return self.post(f"/walletsolidity/{name}", parameters).json()

    def control(self, name: str, **values: Any) -> Any:
        answer = self.post(f"/control/chain/{name}", values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self) -> Any:
        return self.get("/control/chain").json()

    def fault(self, name: str, **values: Any) -> None:
        self.control("faults", fault=name, **values)

    def produce(self, count: int = 1) -> int:
        """The head's number."""
        return int(self.control("produce", blocks=count)["head"])

    def pay(self, address: str, amount: str, kind: str = "usdt", **more: Any) -> str:
        """The txid."""
        paid = self.control("pay", address=address, amount=amount, kind=kind, **more)
        assert paid["problem"] == ""
        return str(paid["txid"])

    def endow(self, owner: Owner, **values: Any) -> None:
        self.control("account", address=owner.address, **values)

    def info(self, txid: str) -> Any:
        return self.wallet("gettransactioninfobyid", value=txid)

    def info_of(self, txid: str) -> Any:
        """As the next block has it."""
        self.produce()
        return self.info(txid)

    def energy(self, address: str) -> int:
        """Available now."""
        found = self.wallet("getaccountresource", address=addresses.to_hex(address))
        return int(found.get("EnergyLimit", 0)) - int(found.get("EnergyUsed", 0))

    def balance(self, address: str, contract: str = USDT) -> int:
        called = self.call(
            address, "balanceOf(address)", bytes.fromhex(addresses.to_hex(address)), contract=contract
        )
        return int(called["constant_result"][0], 16)

    def call(self, owner: str, signature: str, *words: bytes | int, contract: str = USDT) -> Any:
        """triggerconstantcontract; 21-byte addresses and numbers become words."""
        numbers = (int.from_bytes(each[1:], "big") if isinstance(each, bytes) else each for each in words)
        return self.wallet(
            "triggerconstantcontract",
            owner_address=addresses.to_hex(owner),
            contract_address=addresses.to_hex(contract),
            function_selector=signature,
            parameter="".join(f"{number:064x}" for number in numbers),
        )

    def raw(self, contract: Contract, **changes: Any) -> RawData:
        block = self.solid("getnowblock")
        reference_bytes, reference_hash = encoding.reference(block["blockID"])
        head_ms = self.wallet("getnowblock")["block_header"]["raw_data"]["timestamp"]
        usual = {
            "ref_block_bytes": reference_bytes,
            "ref_block_hash": reference_hash,
            "expiration": head_ms + MINUTE_MS,
            "timestamp": head_ms + secrets.randbelow(1000),
            "fee_limit": 30_000_000 if contract.type == "TriggerSmartContract" else 0,
            "contract": contract,
        }
        return RawData(**(usual | changes))

    def sign(self, owner: Owner, raw: RawData) -> Signed:
        encoded = encoding.encode(raw)
        return Signed(encoded, (keys.sign(encoding.txid(encoded), owner.key),))

    def send(self, signed: Signed) -> Any:
        return self.wallet("broadcasthex", transaction=encoding.encode_signed(signed).hex())

    def transfer_usdt(self, owner: Owner, to: bytes, amount: int, **changes: Any) -> Any:
        """The broadcast's answer."""
        data = encoding.transfer_call(to, amount)
        contract = encoding.trigger(owner.raw, bytes.fromhex(wallets.USDT), data)
        return self.send(self.sign(owner, self.raw(contract, **changes)))

    def transfer_trx(self, owner: Owner, to: bytes, amount_sun: int, **changes: Any) -> Any:
        contract = encoding.transfer(owner.raw, to, amount_sun)
        return self.send(self.sign(owner, self.raw(contract, **changes)))
