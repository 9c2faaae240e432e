"""Payments as wallets sign them: with eth-account and pytempo, libraries of other projects."""

import time
from dataclasses import dataclass, replace
from enum import Enum

import types_pb2 as pb
from eth_account import Account as EthAccount
from eth_utils.address import to_checksum_address
from pytempo import Call, TempoTransaction

from allegro_foreign import canonical
from allegro_foreign.canonical import Effects, Expiry
from allegro_foreign.demo import ASSET, CHAIN_ID, DEMO_NONCE_KEY, USER_NONCE_KEY, Account

TRANSFER = bytes.fromhex("a9059cbb")
TRANSFER_WITH_MEMO = bytes.fromhex("95777d59")
APPROVE = bytes.fromhex("095ea7b3")
GAS_LIMIT = 600_000
GAS_PRICE = 1_000_000_000
LATER = Expiry(max_block_height=1_000_000)


class Kind(Enum):
    """How the signed bytes of a payment are encoded."""

    LEGACY = "legacy"
    EIP2930 = "eip2930"
    EIP1559 = "eip1559"
    NATIVE = "native"

    @property
    def is_native(self) -> bool:
        return self is Kind.NATIVE

    @property
    def format(self) -> int:
        return int(pb.TEMPO_NATIVE_V1 if self.is_native else pb.EVM_OPAQUE_BYTES_V1)

    @property
    def nonce_key(self) -> bytes:
        """The key that this kind declares unless a test says otherwise."""
        return USER_NONCE_KEY if self.is_native else DEMO_NONCE_KEY


def calldata(selector: bytes, address: bytes, *words: int) -> bytes:
    """A call of a function whose first argument is an address."""
    arguments = b"".join(word.to_bytes(32, "big") for word in words)
    return selector + bytes(12) + address + arguments


def evm_bytes(
    kind: Kind,
    sender: Account,
    to: bytes,
    data: bytes,
    nonce: int,
    chain_id: int = CHAIN_ID,
    value: int = 0,
) -> bytes:
    """A signed Ethereum transaction."""
    fields: dict[str, object] = {
        "chainId": chain_id,
        "nonce": nonce,
        "gas": GAS_LIMIT,
        # eth-account insists on the mixed-case form.
        "to": to_checksum_address(to),
        "value": value,
        "data": data,
    }
    match kind:
        case Kind.LEGACY:
            fields["gasPrice"] = GAS_PRICE
        case Kind.EIP2930:
            fields |= {"type": 1, "gasPrice": GAS_PRICE, "accessList": []}
        case Kind.EIP1559:
            fields |= {"type": 2, "maxFeePerGas": GAS_PRICE, "maxPriorityFeePerGas": 0}
        case Kind.NATIVE:
            raise ValueError("a native transaction is not an Ethereum one")
    return bytes(EthAccount.sign_transaction(fields, sender.key).raw_transaction)


def native_bytes(
    sender: Account,
    calls: list[tuple[bytes, bytes]],
    nonce_key: bytes,
    nonce: int,
    chain_id: int = CHAIN_ID,
    valid_before: int | None = None,
) -> bytes:
    """A signed Tempo transaction (type 0x76) of calls (to, data)."""
    transaction = TempoTransaction.create(
        chain_id=chain_id,
        gas_limit=GAS_LIMIT,
        max_fee_per_gas=GAS_PRICE,
        nonce=nonce,
        nonce_key=int.from_bytes(nonce_key, "big"),
        valid_before=valid_before,
        calls=tuple(Call.create(to=to, data=data) for to, data in calls),
    )
    return bytes(transaction.sign("0x" + sender.key.hex()).encode())


@dataclass(frozen=True)
class Payment:
    """One payment; what is declared is what is signed unless a test changes the message."""

    sender: Account
    recipient: bytes
    amount: int
    sequence: int = 0
    kind: Kind = Kind.EIP1559
    key: bytes | None = None
    asset: bytes = ASSET
    chain_id: int = CHAIN_ID
    valid_before: int | None = None

    @property
    def nonce_key(self) -> bytes:
        return self.kind.nonce_key if self.key is None else self.key

    @property
    def effects(self) -> Effects:
        return Effects(
            sender=self.sender.address,
            recipient=self.recipient,
            amount=self.amount,
            asset=self.asset,
            nonce_key=self.nonce_key,
            nonce_seq=self.sequence,
        )

    def signed_bytes(self, data: bytes | None = None) -> bytes:
        """The signed transaction; `data` replaces the call of `transfer`."""
        call = calldata(TRANSFER, self.recipient, self.amount) if data is None else data
        if self.kind.is_native:
            return native_bytes(
                self.sender,
                [(self.asset, call)],
                self.nonce_key,
                self.sequence,
                self.chain_id,
                self.valid_before,
            )
        return evm_bytes(self.kind, self.sender, self.asset, call, self.sequence, self.chain_id)

    def intent(self) -> pb.PaymentIntent:
        return pb.PaymentIntent(
            sender=pb.Address(data=self.sender.address),
            recipient=pb.Address(data=self.recipient),
            amount=self.amount,
            asset=pb.AssetId(data=self.asset),
        )

    def message(
        self,
        expiry: Expiry = LATER,
        parent_qc_hash: bytes = b"",
        client_request_id: str = "",
        signed_bytes: bytes | None = None,
    ) -> pb.FastPayTx:
        """The payment in an envelope."""
        return pb.FastPayTx(
            chain_id=pb.ChainId(value=self.chain_id),
            tempo_tx=pb.TempoTxBytes(
                data=self.signed_bytes() if signed_bytes is None else signed_bytes
            ),
            intent=self.intent(),
            nonce=pb.Nonce2D(nonce_key_be=self.nonce_key, nonce_seq=self.sequence),
            expiry=expiry.message(),
            parent_qc_hash=parent_qc_hash,
            client_request_id=client_request_id,
            tempo_tx_format=self.kind.format,
        )

    def but(self, **changes: object) -> "Payment":
        """The same payment with other fields."""
        return replace(self, **changes)  # type: ignore[arg-type]


def envelope_hash(tx: pb.FastPayTx) -> bytes:
    """The tx_hash of a message."""
    match tx.expiry.WhichOneof("kind"):
        case "max_block_height":
            expiry = Expiry(max_block_height=tx.expiry.max_block_height)
        case _:
            expiry = Expiry(unix_millis=tx.expiry.unix_millis)
    return canonical.tx_hash(
        tx.chain_id.value,
        tx.tempo_tx.data,
        tx.nonce.nonce_key_be,
        tx.nonce.nonce_seq,
        expiry,
        tx.parent_qc_hash,
    )


def in_millis(millis: int) -> Expiry:
    """An expiry so many milliseconds from now."""
    return Expiry(unix_millis=time.time_ns() // 1_000_000 + millis)
