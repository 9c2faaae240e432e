"""Quorum certificates that a client brings to a validator by themselves."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
import sidecar_pb2 as sidecar
import types_pb2 as pb

from allegro_foreign.certificates import (
    forge_certificate,
    forge_quorum_certificate,
    quorum_certificate,
)
from allegro_foreign.client import SERVICE, status_of
from allegro_foreign.demo import ALICE, BOB, CAROL, DAVE, EDGAR, STRANGER, USER_NONCE_KEY
from allegro_foreign.payments import Kind, Payment, envelope_hash
from allegro_foreign.process import Pair
from conftest import Start
from test_parents import INVALID, TX_HASH

CONFIRM = f"/{SERVICE}/ConfirmFastPay"
TO_BOB = Payment(ALICE, BOB.address, 10)
FROM_BOB = Payment(BOB, CAROL.address, 12)
"""More than Bob's own 5."""


def _qc(payment: Payment = TO_BOB) -> pb.QuorumCertificate:
    """A quorum for a payment that no validator was asked for, so that gossip cannot bring it."""
    return forge_quorum_certificate(payment, DAVE, EDGAR)


def test_a_confirmed_payment_can_be_spent_without_presenting_it(pair: Pair) -> None:
    pair.dave.refuse(FROM_BOB.message(), pb.INSUFFICIENT_FUNDS)
    qc = _qc()
    confirmed = pair.dave.teach(qc)
    assert confirmed.tx_hash == TX_HASH
    assert confirmed.effects == TO_BOB.effects.message()
    assert confirmed.qc_hash == qc.qc_hash
    assert confirmed.next_nonce_seq == 1
    pair.dave.certify(FROM_BOB, parent_qc_hash=qc.qc_hash)


def test_repeating_a_confirmation_changes_nothing(pair: Pair) -> None:
    first = pair.dave.teach(_qc())
    forms = [
        _qc(),
        forge_quorum_certificate(TO_BOB, EDGAR, DAVE, threshold=7),
        forge_quorum_certificate(TO_BOB, DAVE, STRANGER, EDGAR),
        quorum_certificate(
            [forge_certificate(each, b"\x66" * 32, TO_BOB.effects) for each in (DAVE, EDGAR)]
        ),
    ]
    for _ in range(3):
        for form in forms:
            assert pair.dave.teach(form) == first
    # Credit once: Bob has 15, whatever was presented.
    pair.dave.refuse(FROM_BOB.but(amount=16).message(), pb.INSUFFICIENT_FUNDS)
    pair.dave.certify(FROM_BOB.but(amount=15))


@pytest.mark.parametrize("kind", [Kind.EIP1559, Kind.NATIVE])
def test_a_waiting_payment_goes_on_with_the_confirmation(daemon: Path, kind: Kind) -> None:
    pair = Pair("--predecessor-wait-ms", "60000")
    try:
        pair.wait_until_ready()
        payment = TO_BOB.but(kind=kind)
        pair.dave.certify(payment)
        with ThreadPoolExecutor(max_workers=1) as pool:
            waiting = pool.submit(pair.dave.certify, payment.but(amount=5, sequence=1))
            time.sleep(0.3)
            assert not waiting.done()
            assert pair.dave.teach(_qc(payment)).next_nonce_seq == 1
            waiting.result(timeout=5)
    finally:
        pair.stop()


def test_a_rival_of_what_was_signed_wins_and_a_third_never(pair: Pair) -> None:
    pair.dave.certify(TO_BOB)
    won = TO_BOB.but(recipient=CAROL.address, amount=4)
    assert pair.dave.teach(_qc(won)).effects == won.effects.message()
    message = pair.dave.refuse_to_learn(_qc(), pb.INVALID_PARENT_QC)
    known, other = envelope_hash(won.message()).hex(), TX_HASH.hex()
    assert message == f"quorum certificate for {other} contradicts the one known for {known}"
    assert pair.dave.teach(_qc(won)).effects == won.effects.message()
    # The money of the payment that lost is free again.
    pair.dave.certify(TO_BOB.but(amount=11, sequence=1))


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_quorum_certificate_is_refused(shared_pair: Pair, name: str) -> None:
    # What has a field of the wrong size is no quorum certificate at all.
    code = pb.INVALID_FORMAT if name.startswith("a short") else pb.INVALID_PARENT_QC
    message = shared_pair.dave.refuse_to_learn(INVALID[name](), code)
    assert message.startswith("qc")
    assert shared_pair.dave.account(ALICE.address).payments == []


def test_a_quorum_of_members_that_are_not_known_yet_is_to_be_tried_again(start: Start) -> None:
    client = start("--peers", "http://127.0.0.1:9").client
    message = client.refuse_to_learn(_qc(), pb.TEMPORARY_UNAVAILABLE)
    assert "1 members signed" in message


def test_an_empty_request_names_the_missing_field(shared_pair: Pair) -> None:
    for request in (sidecar.ConfirmFastPayRequest(), sidecar.ConfirmFastPayRequest(qc={})):
        answer = shared_pair.dave.stub.ConfirmFastPay(request, timeout=5)
        assert answer.reject.code == pb.INVALID_FORMAT
        assert answer.reject.message.startswith("qc")


def test_a_truncated_request_is_never_taken(shared_pair: Pair) -> None:
    whole = sidecar.ConfirmFastPayRequest(qc=_qc()).SerializeToString()
    for count in range(0, len(whole), 7):
        try:
            answer = shared_pair.dave.raw(CONFIRM, whole[:count])
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, count
            continue
        response = sidecar.ConfirmFastPayResponse.FromString(answer)
        assert response.WhichOneof("result") == "reject", count
    assert shared_pair.dave.account(ALICE.address).payments == []


def test_a_quorum_certificate_given_twice_in_one_request_is_refused(shared_pair: Pair) -> None:
    # Protobuf joins the two, so that each member signs twice.
    once = sidecar.ConfirmFastPayRequest(qc=_qc()).SerializeToString()
    answer = sidecar.ConfirmFastPayResponse.FromString(shared_pair.dave.raw(CONFIRM, once * 2))
    assert answer.reject.code == pb.INVALID_PARENT_QC
    assert "signed twice" in answer.reject.message


def test_a_huge_quorum_certificate_is_refused(shared_pair: Pair) -> None:
    certificate = forge_certificate(DAVE, TX_HASH, TO_BOB.effects)
    assert "1025" in shared_pair.dave.refuse_to_learn(
        quorum_certificate([certificate] * 1025), pb.INVALID_FORMAT
    )
    shared_pair.dave.refuse_to_learn(quorum_certificate([certificate] * 1024), pb.INVALID_PARENT_QC)
    code, _ = status_of(shared_pair.dave.raw, CONFIRM, bytes(5 * 1024 * 1024))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_two_quorum_certificates_for_one_nonce_reach_the_operator(start: Start) -> None:
    alone = start()
    alone.client.teach(forge_quorum_certificate(TO_BOB, DAVE))
    other = forge_quorum_certificate(TO_BOB.but(amount=9), DAVE)
    alone.client.refuse_to_learn(other, pb.INVALID_PARENT_QC)
    assert alone.log.count("the committee is not safe") == 1
    alone.client.refuse(Payment(BOB, CAROL.address, 1).message(), pb.INVALID_PARENT_QC, [other])
    assert alone.log.count("the committee is not safe") == 2


def test_many_confirmations_at_once_are_all_taken(pair: Pair) -> None:
    payments = [
        Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=index.to_bytes(32, "big"))
        for index in range(1, 201)
    ]
    qcs = [_qc(payment) for payment in payments]
    # Each twice, and between them one that contradicts another.
    contradicting = _qc(payments[0].but(amount=2))
    pair.dave.teach(qcs[0])
    with ThreadPoolExecutor(max_workers=32) as pool:
        answers = list(pool.map(pair.dave.confirm, [*qcs, contradicting, *qcs]))
    refused = answers.pop(len(qcs))
    assert refused.reject.code == pb.INVALID_PARENT_QC
    for payment, answer in zip(payments * 2, answers, strict=True):
        assert answer.confirmed.tx_hash == envelope_hash(payment.message())
        assert answer.confirmed.next_nonce_seq == 1


def test_a_confirmation_survives_a_crash(start: Start, tmp_path: Path) -> None:
    directory = ("--data-dir", str(tmp_path / "data"))
    qc = forge_quorum_certificate(TO_BOB, DAVE, threshold=1)
    first = start(*directory)
    # Its own signature is in the quorum certificate, so it must know of it.
    first.client.certify(TO_BOB)
    confirmed = first.client.teach(qc)
    account = first.client.account(ALICE.address)
    first.kill()

    second = start(*directory)
    assert second.client.account(ALICE.address) == account
    assert second.client.teach(qc) == confirmed
    second.client.certify(FROM_BOB)


def test_a_place_that_the_chain_has_used_is_confirmed_without_being_kept(
    start: Start, tmp_path: Path
) -> None:
    file = tmp_path / "base-state.json"
    nonce = {
        "account": ALICE.address.hex(),
        "nonce_key": USER_NONCE_KEY.hex(),
        "next_sequence": 5,
    }
    file.write_text(json.dumps({"balances": [], "nonces": [nonce]}))
    client = start("--base-state", str(file)).client
    settled = TO_BOB.but(kind=Kind.NATIVE, sequence=4)
    confirmed = client.teach(forge_quorum_certificate(settled, DAVE, threshold=1))
    assert confirmed.tx_hash == envelope_hash(settled.message())
    assert confirmed.qc_hash == b""
    assert confirmed.next_nonce_seq == 5
    assert client.account(ALICE.address).payments == []
    # It moved no money.
    client.certify(FROM_BOB.but(amount=5))
