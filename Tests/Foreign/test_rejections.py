"""Each code of RejectCode, provoked over a socket; every request here is refused."""

import json
from pathlib import Path

import pytest
import types_pb2 as pb

from allegro_foreign.canonical import Expiry
from allegro_foreign.demo import (
    ALICE,
    ASSET,
    BOB,
    CAROL,
    CHAIN_ID,
    DEMO_NONCE_KEY,
    USER_NONCE_KEY,
)
from allegro_foreign.payments import (
    APPROVE,
    TRANSFER,
    Kind,
    Payment,
    calldata,
    evm_bytes,
    in_millis,
    native_bytes,
)
from allegro_foreign.process import Pair
from conftest import Start

EVM = Payment(ALICE, BOB.address, 10)
NATIVE = Payment(ALICE, BOB.address, 10, kind=Kind.NATIVE)
BOTH = pytest.mark.parametrize("payment", [EVM, NATIVE], ids=["evm", "native"])


@BOTH
def test_a_payment_without_any_intent_is_refused(shared_pair: Pair, payment: Payment) -> None:
    tx = payment.message()
    tx.ClearField("intent")
    shared_pair.dave.refuse(tx, pb.INVALID_FORMAT)


@BOTH
def test_signed_bytes_that_are_not_canonical_are_refused(
    shared_pair: Pair, payment: Payment
) -> None:
    signed = payment.signed_bytes()
    for broken in (signed + b"\x00", signed[:-1], b"\x00" + signed, b"\x05" + signed, b"hello"):
        shared_pair.dave.refuse(payment.message(signed_bytes=broken), pb.INVALID_FORMAT)


def test_signed_bytes_of_the_other_format_are_refused(shared_pair: Pair) -> None:
    for payment, other in ((EVM, NATIVE), (NATIVE, EVM)):
        tx = payment.message()
        tx.tempo_tx_format = other.kind.format
        shared_pair.dave.refuse(tx, pb.INVALID_FORMAT)


@BOTH
def test_a_declared_sequence_that_was_not_signed_is_refused(
    shared_pair: Pair, payment: Payment
) -> None:
    tx = payment.message()
    tx.nonce.nonce_seq = 1
    shared_pair.dave.refuse(tx, pb.INVALID_FORMAT)


def test_a_native_payment_needs_a_key_with_a_sequence(shared_pair: Pair) -> None:
    shared_pair.dave.refuse(NATIVE.but(key=bytes(32)).message(), pb.INVALID_FORMAT)
    # As the chain would take it: sequence 0 and an end of its validity.
    expiry = in_millis(20_000)
    assert expiry.unix_millis is not None
    expiring = NATIVE.but(key=b"\xff" * 32, valid_before=expiry.unix_millis // 1000 + 1)
    shared_pair.dave.refuse(expiring.message(expiry), pb.INVALID_FORMAT)


def test_a_validity_window_that_ends_before_the_expiry_is_refused(shared_pair: Pair) -> None:
    expiry = in_millis(60_000)
    assert expiry.unix_millis is not None
    payment = NATIVE.but(valid_before=expiry.unix_millis // 1000 - 10)
    shared_pair.dave.refuse(payment.message(expiry), pb.INVALID_FORMAT)


@BOTH
def test_another_chain_is_refused(shared_pair: Pair, payment: Payment) -> None:
    in_the_envelope = payment.message()
    in_the_envelope.chain_id.value = CHAIN_ID + 1
    shared_pair.dave.refuse(in_the_envelope, pb.WRONG_CHAIN)
    in_the_signed_bytes = payment.but(chain_id=CHAIN_ID + 1).message()
    in_the_signed_bytes.chain_id.value = CHAIN_ID
    shared_pair.dave.refuse(in_the_signed_bytes, pb.WRONG_CHAIN)


@BOTH
def test_an_expired_payment_is_refused(shared_pair: Pair, payment: Payment) -> None:
    # The head is at height 1.
    for expiry in (Expiry(max_block_height=1), Expiry(max_block_height=0), in_millis(-1000)):
        shared_pair.dave.refuse(payment.message(expiry), pb.EXPIRED)


NO_PAYMENTS: dict[str, bytes] = {
    "an approval": calldata(APPROVE, BOB.address, 10),
    "a transfer to the sender": calldata(TRANSFER, ALICE.address, 10),
    "a transfer to nobody": calldata(TRANSFER, bytes(20), 10),
    "a transfer to a token": calldata(TRANSFER, ASSET, 10),
    "a transfer to the guard": calldata(TRANSFER, b"\xb1\x0c" + bytes(18), 10),
    "a transfer of nothing": calldata(TRANSFER, BOB.address, 0),
    "a transfer of more than 64 bits": calldata(TRANSFER, BOB.address, 2**64),
    "a transfer with a byte too many": calldata(TRANSFER, BOB.address, 10) + b"\x00",
    "a transfer with a byte too few": calldata(TRANSFER, BOB.address, 10)[:-1],
    "an address word that is not clean": TRANSFER
    + b"\x01"
    + bytes(11)
    + BOB.address
    + (10).to_bytes(32, "big"),
    "no call at all": b"",
}


@BOTH
@pytest.mark.parametrize("name", NO_PAYMENTS)
def test_what_is_no_payment_is_refused(shared_pair: Pair, payment: Payment, name: str) -> None:
    tx = payment.message(signed_bytes=payment.signed_bytes(NO_PAYMENTS[name]))
    shared_pair.dave.refuse(tx, pb.NOT_PAYMENT_TX)


@BOTH
def test_a_call_of_something_else_than_a_token_is_no_payment(
    shared_pair: Pair, payment: Payment
) -> None:
    for target in (b"\x20\xc0" + b"\x01" * 18, b"\x99" * 20):
        shared_pair.dave.refuse(payment.but(asset=target).message(), pb.NOT_PAYMENT_TX)


def test_a_call_with_value_and_a_call_of_two_are_no_payments(shared_pair: Pair) -> None:
    transfer = calldata(TRANSFER, BOB.address, 10)
    with_value = evm_bytes(Kind.EIP1559, ALICE, ASSET, transfer, 0, value=1)
    shared_pair.dave.refuse(EVM.message(signed_bytes=with_value), pb.NOT_PAYMENT_TX)
    two_calls = native_bytes(ALICE, [(ASSET, transfer)] * 2, USER_NONCE_KEY, 0)
    shared_pair.dave.refuse(NATIVE.message(signed_bytes=two_calls), pb.NOT_PAYMENT_TX)


@BOTH
def test_a_sequence_ahead_of_the_next_is_refused(shared_pair: Pair, payment: Payment) -> None:
    message = shared_pair.dave.refuse(payment.but(sequence=1).message(), pb.NONCE_SEQ_TOO_HIGH)
    assert "0" in message


@pytest.mark.parametrize("kind", [Kind.EIP1559, Kind.NATIVE])
def test_a_sequence_that_the_chain_has_used_is_refused(
    start: Start, tmp_path: Path, kind: Kind
) -> None:
    # A sequence behind the next one is free only where the chain, not this validator, used it.
    chain_key = USER_NONCE_KEY if kind.is_native else bytes(32)
    state = {
        "balances": [],
        "nonces": [
            {
                "account": ALICE.address.hex(),
                "nonce_key": chain_key.hex(),
                "next_sequence": 5,
            }
        ],
    }
    file = tmp_path / "base-state.json"
    file.write_text(json.dumps(state))
    client = start("--base-state", str(file)).client
    payment = Payment(ALICE, BOB.address, 10, kind=kind)
    message = client.refuse(payment.but(sequence=4).message(), pb.NONCE_SEQ_TOO_LOW)
    assert "5" in message
    client.refuse(payment.but(sequence=6).message(), pb.NONCE_SEQ_TOO_HIGH)
    client.certify(payment.but(sequence=5))


@BOTH
def test_a_rival_is_refused_and_told_what_was_signed(pair: Pair, payment: Payment) -> None:
    first = pair.dave.certify(payment)
    for rival in (payment.but(recipient=CAROL.address), payment.but(amount=9)):
        assert first.tx_hash.hex() in pair.dave.refuse(rival.message(), pb.EQUIVOCATION)


@BOTH
def test_more_than_is_available_is_refused(shared_pair: Pair, payment: Payment) -> None:
    message = shared_pair.dave.refuse(payment.but(amount=16).message(), pb.INSUFFICIENT_FUNDS)
    assert "15" in message and "16" in message


@BOTH
def test_a_parent_that_nobody_has_seen_is_refused(shared_pair: Pair, payment: Payment) -> None:
    tx = payment.message(parent_qc_hash=b"\x77" * 32)
    shared_pair.dave.refuse(tx, pb.MISSING_PARENT_QC)


@BOTH
def test_the_next_payment_waits_for_a_quorum(pair: Pair, payment: Payment) -> None:
    # Only Dave has signed the payment before, and two make a quorum.
    pair.dave.certify(payment)
    following = payment.but(amount=5, sequence=1)
    pair.dave.refuse(following.message(), pb.TEMPORARY_UNAVAILABLE)
    # A refusal is decided anew each time: with Edgar's signature it is certified.
    qc = pair.certify(payment)
    pair.dave.certify(following, parents=[qc])


def test_the_declared_key_does_not_free_the_account_nonce(pair: Pair) -> None:
    first = pair.dave.certify(EVM)
    rival = EVM.but(amount=9, key=USER_NONCE_KEY)
    assert rival.nonce_key != DEMO_NONCE_KEY
    assert first.tx_hash.hex() in pair.dave.refuse(rival.message(), pb.EQUIVOCATION)
