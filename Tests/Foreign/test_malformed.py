"""Requests whose fields are missing, of the wrong size, or not what was signed."""

from collections.abc import Callable

import pytest
import sidecar_pb2 as sidecar
import types_pb2 as pb

from allegro_foreign.demo import ALICE, ASSET, BOB, CAROL
from allegro_foreign.payments import Kind, Payment
from allegro_foreign.process import Pair

EVM = Payment(ALICE, BOB.address, 10)
NATIVE = Payment(ALICE, BOB.address, 10, kind=Kind.NATIVE)
BOTH = pytest.mark.parametrize("payment", [EVM, NATIVE], ids=["evm", "native"])

Change = Callable[[pb.FastPayTx], object]


def _set(path: str, value: object) -> Change:
    """Sets a field that is named by its path."""
    *parents, name = path.split(".")

    def change(tx: pb.FastPayTx) -> None:
        message = tx
        for parent in parents:
            message = getattr(message, parent)
        setattr(message, name, value)

    return change


def _clear(path: str) -> Change:
    *parents, name = path.split(".")

    def change(tx: pb.FastPayTx) -> None:
        message = tx
        for parent in parents:
            message = getattr(message, parent)
        message.ClearField(name)

    return change


def _with_overlay(change: Change) -> Change:
    def both(tx: pb.FastPayTx) -> None:
        tx.overlay.payment.CopyFrom(tx.intent)
        change(tx)

    return both


MALFORMED: dict[str, tuple[Change, str]] = {
    "no chain id": (_clear("chain_id"), "chain_id"),
    "no signed bytes": (_clear("tempo_tx"), "tempo_tx"),
    "empty signed bytes": (_set("tempo_tx.data", b""), "tempo_tx"),
    "128 KiB and a byte": (_set("tempo_tx.data", bytes(131_073)), "tempo_tx"),
    "no nonce": (_clear("nonce"), "nonce"),
    "short nonce key": (_set("nonce.nonce_key_be", bytes(31)), "nonce_key_be"),
    "long nonce key": (_set("nonce.nonce_key_be", bytes(33)), "nonce_key_be"),
    "empty nonce key": (_set("nonce.nonce_key_be", b""), "nonce_key_be"),
    "no expiry": (_clear("expiry"), "expiry"),
    "empty expiry": (_clear("expiry.max_block_height"), "expiry"),
    "short parent hash": (_set("parent_qc_hash", bytes(31)), "parent_qc_hash"),
    "long client id": (_set("client_request_id", "x" * 129), "client_request_id"),
    "no format": (_clear("tempo_tx_format"), "tempo_tx_format"),
    "unknown format": (_set("tempo_tx_format", 3), "tempo_tx_format"),
    "no intent's sender": (_clear("intent.sender"), "intent.sender"),
    "short intent's sender": (_set("intent.sender.data", bytes(19)), "intent.sender"),
    "long intent's recipient": (
        _set("intent.recipient.data", bytes(21)),
        "intent.recipient",
    ),
    "empty intent's asset": (_set("intent.asset.data", b""), "intent.asset"),
    "short overlay's sender": (
        _with_overlay(_set("overlay.payment.sender.data", bytes(19))),
        "overlay.payment.sender",
    ),
    "no overlay's asset": (
        _with_overlay(_clear("overlay.payment.asset")),
        "overlay.payment.asset",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_field_is_named(shared_pair: Pair, name: str) -> None:
    change, field = MALFORMED[name]
    tx = EVM.message()
    change(tx)
    assert field in shared_pair.dave.refuse(tx, pb.INVALID_FORMAT)


def test_a_request_without_a_payment_is_malformed(shared_pair: Pair) -> None:
    answer = shared_pair.dave.stub.SubmitFastPay(sidecar.SubmitFastPayRequest(), timeout=5)
    assert answer.reject.code == pb.INVALID_FORMAT


INTENT_CHANGES: dict[str, Change] = {
    "sender": _set("intent.sender.data", CAROL.address),
    "recipient": _set("intent.recipient.data", CAROL.address),
    "amount": _set("intent.amount", 9),
    "asset": _set("intent.asset.data", ASSET[:-1] + b"\xab"),
}


@BOTH
@pytest.mark.parametrize("field", INTENT_CHANGES)
def test_an_intent_that_was_not_signed_is_refused(
    shared_pair: Pair, payment: Payment, field: str
) -> None:
    tx = payment.message()
    INTENT_CHANGES[field](tx)
    assert field in shared_pair.dave.refuse(tx, pb.INVALID_FORMAT)
    # The overlay's word counts as much, even beside a right intent.
    tx.overlay.payment.CopyFrom(tx.intent)
    tx.intent.CopyFrom(payment.intent())
    assert field in shared_pair.dave.refuse(tx, pb.INVALID_FORMAT)
