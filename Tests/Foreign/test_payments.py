"""Payments that are certified: alone, chained, and again in the same or another envelope."""

import time

import pytest
import types_pb2 as pb

from allegro_foreign.canonical import Expiry
from allegro_foreign.certificates import verify_certificate
from allegro_foreign.demo import ALICE, BOB, CAROL, DEMO_NONCE_KEY
from allegro_foreign.payments import (
    LATER,
    TRANSFER_WITH_MEMO,
    Kind,
    Payment,
    calldata,
    envelope_hash,
    in_millis,
)
from allegro_foreign.process import Pair

ANOTHER_KEY = b"\x09" * 32


@pytest.mark.parametrize("kind", Kind)
def test_money_received_can_be_spent_with_its_quorum_certificate(pair: Pair, kind: Kind) -> None:
    to_bob = pair.certify(Payment(ALICE, BOB.address, 10, kind=kind))
    # Bob has 5 of his own, so 12 needs what Alice paid.
    qc = pair.certify(
        Payment(BOB, CAROL.address, 12, kind=kind),
        parents=[to_bob],
        parent_qc_hash=to_bob.qc_hash,
    )
    # Carol's 5 and 12: all of it, and not one unit more.
    all_of_it = Payment(CAROL, ALICE.address, 17, kind=kind)
    message = pair.dave.refuse(
        all_of_it.but(amount=18).message(parent_qc_hash=qc.qc_hash), pb.INSUFFICIENT_FUNDS, [qc]
    )
    assert "17" in message and "18" in message
    pair.certify(all_of_it, parents=[qc], parent_qc_hash=qc.qc_hash)


@pytest.mark.parametrize("kind", Kind)
def test_a_transfer_with_a_memo_is_a_payment(pair: Pair, kind: Kind) -> None:
    payment = Payment(ALICE, BOB.address, 4, kind=kind)
    data = calldata(TRANSFER_WITH_MEMO, BOB.address, 4, int.from_bytes(b"invoice 17"))
    tx = payment.message(signed_bytes=payment.signed_bytes(data))
    answer = pair.dave.submit(tx)
    verify_certificate(answer.cert, payment, tx, pair.dave.validator)


def test_the_sub_block_key_of_the_demo_is_accepted_without_a_node(pair: Pair) -> None:
    pair.certify(Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=DEMO_NONCE_KEY))


def test_the_overlay_alone_says_what_is_intended(pair: Pair) -> None:
    payment = Payment(ALICE, BOB.address, 1)
    tx = payment.message()
    tx.overlay.payment.CopyFrom(tx.intent)
    tx.ClearField("intent")
    verify_certificate(pair.dave.submit(tx).cert, payment, tx, pair.dave.validator)


def test_nonce_keys_are_independent_sequences(pair: Pair) -> None:
    for key in (b"\x01" * 32, b"\x02" * 32, b"\x03" * 32):
        pair.certify(Payment(ALICE, BOB.address, 5, kind=Kind.NATIVE, key=key))
    pair.dave.refuse(
        Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=b"\x04" * 32).message(),
        pb.INSUFFICIENT_FUNDS,
    )


@pytest.mark.parametrize("kind", Kind)
def test_a_sequence_goes_on_with_the_quorum_certificate_before(pair: Pair, kind: Kind) -> None:
    first = pair.certify(Payment(ALICE, BOB.address, 5, kind=kind))
    second = pair.certify(Payment(ALICE, BOB.address, 5, sequence=1, kind=kind), parents=[first])
    pair.certify(Payment(ALICE, BOB.address, 5, sequence=2, kind=kind), parents=[second])


@pytest.mark.parametrize("kind", Kind)
def test_the_same_request_gets_the_same_certificate(pair: Pair, kind: Kind) -> None:
    payment = Payment(ALICE, BOB.address, 10, kind=kind)
    first = pair.dave.certify(payment)
    again = pair.dave.certify(payment)
    assert again.SerializeToString(deterministic=True) == first.SerializeToString(
        deterministic=True
    )


def test_the_same_request_gets_the_same_certificate_after_its_expiry(pair: Pair) -> None:
    payment = Payment(ALICE, BOB.address, 10)
    expiry = in_millis(1500)
    first = pair.dave.certify(payment, expiry)
    time.sleep(2)
    assert pair.dave.certify(payment, expiry) == first
    # The time did pass: another payment in such an envelope is too late.
    pair.dave.refuse(Payment(BOB, CAROL.address, 1).message(expiry), pb.EXPIRED)


@pytest.mark.parametrize("kind", Kind)
def test_another_envelope_is_certified_and_moves_no_money(pair: Pair, kind: Kind) -> None:
    payment = Payment(ALICE, BOB.address, 10, kind=kind)
    first = pair.certify(payment)
    funding = pair.certify(Payment(CAROL, BOB.address, 1, kind=kind))
    others = [
        pair.certify(payment, expiry=Expiry(max_block_height=77)),
        pair.certify(payment, expiry=in_millis(60_000)),
        pair.certify(payment, parents=[funding], parent_qc_hash=funding.qc_hash),
    ]
    assert len({qc.tx_hash for qc in [first, *others]}) == 4
    assert {qc.effects_hash for qc in others} == {first.effects_hash}
    # Debited once: 5 of 15 are left. Credited once: Bob has 5 + 1 + 10.
    for client in (pair.dave, pair.edgar):
        rest = Payment(ALICE, CAROL.address, 6, sequence=1, kind=kind)
        client.refuse(rest.message(), pb.INSUFFICIENT_FUNDS, [first, *others])
        spend = Payment(BOB, CAROL.address, 17, kind=kind)
        client.refuse(spend.message(), pb.INSUFFICIENT_FUNDS, [first, *others, funding])
    rest_qc = pair.certify(Payment(ALICE, CAROL.address, 5, sequence=1, kind=kind), parents=[first])
    assert rest_qc.qc_hash
    pair.certify(Payment(BOB, CAROL.address, 16, kind=kind), parents=[first, *others, funding])


def test_an_envelope_that_is_too_late_does_not_lock_the_payment(pair: Pair) -> None:
    payment = Payment(ALICE, BOB.address, 10)
    pair.dave.refuse(payment.message(Expiry(max_block_height=1)), pb.EXPIRED)
    pair.dave.certify(payment)


def test_a_client_request_id_names_one_payment_of_its_sender(pair: Pair) -> None:
    payment = Payment(ALICE, BOB.address, 5)
    qc = pair.certify(payment, client_request_id="order-1")
    # The same payment is answered as before, under the same id or another one.
    assert pair.dave.certify(payment, client_request_id="order-1") == qc.certs[0]
    assert pair.dave.certify(payment, client_request_id="order-2") == qc.certs[0]
    other = Payment(ALICE, BOB.address, 4, sequence=1)
    pair.dave.refuse(other.message(client_request_id="order-1"), pb.INVALID_FORMAT, [qc])
    # Nothing but the id was wrong, and another sender's ids are its own.
    pair.dave.certify(other, parents=[qc], client_request_id="order-3")
    pair.dave.certify(Payment(BOB, CAROL.address, 1), client_request_id="order-1")


@pytest.mark.parametrize("kind", [kind for kind in Kind if not kind.is_native])
def test_an_ethereum_payment_is_certified_under_one_declared_nonce(pair: Pair, kind: Kind) -> None:
    payment = Payment(ALICE, BOB.address, 10, kind=kind)
    first = pair.dave.certify(payment)
    under_another_key = payment.but(key=ANOTHER_KEY).message()
    assert under_another_key.tempo_tx.data == payment.signed_bytes()
    message = pair.dave.refuse(under_another_key, pb.EQUIVOCATION)
    assert first.tx_hash.hex() in message
    at_another_place = payment.message()
    at_another_place.nonce.nonce_seq = 1
    pair.dave.refuse(at_another_place, pb.INVALID_FORMAT)


def test_a_native_payment_is_certified_under_its_signed_nonce_only(pair: Pair) -> None:
    payment = Payment(ALICE, BOB.address, 10, kind=Kind.NATIVE)
    pair.dave.certify(payment)
    under_another_key = payment.message()
    under_another_key.nonce.nonce_key_be = ANOTHER_KEY
    pair.dave.refuse(under_another_key, pb.INVALID_FORMAT)
    at_another_place = payment.message()
    at_another_place.nonce.nonce_seq = 1
    pair.dave.refuse(at_another_place, pb.INVALID_FORMAT)


def test_two_kinds_of_one_account_nonce_are_rivals(pair: Pair) -> None:
    first = pair.dave.certify(Payment(ALICE, BOB.address, 10, kind=Kind.LEGACY))
    rival = Payment(ALICE, BOB.address, 10, kind=Kind.EIP1559).message()
    assert envelope_hash(rival) != first.tx_hash
    assert first.tx_hash.hex() in pair.dave.refuse(rival, pb.EQUIVOCATION)


def test_a_refused_payment_leaves_nothing_behind(pair: Pair) -> None:
    too_much = Payment(ALICE, BOB.address, 16)
    pair.dave.refuse(too_much.message(LATER, client_request_id="a"), pb.INSUFFICIENT_FUNDS)
    # Neither the nonce nor the client's name is taken.
    pair.dave.certify(Payment(ALICE, BOB.address, 15), client_request_id="a")
