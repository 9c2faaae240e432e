"""Quorum certificates that are presented with a payment: what counts and what does not."""

from collections.abc import Callable

import pytest
import types_pb2 as pb

from allegro_foreign.certificates import forge_certificate, quorum_certificate, with_hash
from allegro_foreign.demo import ALICE, BOB, CAROL, DAVE, EDGAR, STRANGER, Validator
from allegro_foreign.payments import Payment, envelope_hash
from allegro_foreign.process import Pair

TO_BOB = Payment(ALICE, BOB.address, 10)
FROM_BOB = Payment(BOB, CAROL.address, 12)
"""More than Bob's own 5."""

TX_HASH = envelope_hash(TO_BOB.message())


def _certificates(*validators: Validator) -> list[pb.ValidatorCertificate]:
    return [forge_certificate(each, TX_HASH, TO_BOB.effects) for each in validators]


def _valid() -> pb.QuorumCertificate:
    return quorum_certificate(_certificates(DAVE, EDGAR))


def _changed(change: Callable[[pb.QuorumCertificate], object]) -> pb.QuorumCertificate:
    """A quorum certificate that is broken in one place, under the hash that belongs to it."""
    qc = _valid()
    change(qc)
    return with_hash(qc)


def _flip_signature(qc: pb.QuorumCertificate) -> None:
    signature = bytearray(qc.certs[1].signature)
    signature[0] ^= 1
    qc.certs[1].signature = bytes(signature)


def _other_effects(qc: pb.QuorumCertificate) -> None:
    for certificate in qc.certs:
        certificate.effects.amount = 11


def _sign_another_payment(qc: pb.QuorumCertificate) -> None:
    qc.certs[1].CopyFrom(forge_certificate(EDGAR, b"\x01" * 32, TO_BOB.effects))


def _rename_payment(qc: pb.QuorumCertificate) -> None:
    qc.tx_hash = b"\x01" * 32


def _wrong_hash() -> pb.QuorumCertificate:
    qc = _valid()
    qc.qc_hash = b"\x01" * 32
    return qc


INVALID: dict[str, Callable[[], pb.QuorumCertificate]] = {
    "a bad signature": lambda: _changed(_flip_signature),
    "one member and a stranger": lambda: quorum_certificate(_certificates(DAVE, STRANGER)),
    "strangers only": lambda: quorum_certificate(_certificates(STRANGER)),
    "a single member": lambda: quorum_certificate(_certificates(DAVE)),
    "a single member and a threshold of one": lambda: quorum_certificate(
        _certificates(DAVE), threshold=1
    ),
    "the same member twice": lambda: quorum_certificate(_certificates(DAVE, DAVE)),
    "a member twice beside a quorum": lambda: quorum_certificate(_certificates(DAVE, EDGAR, DAVE)),
    "no certificates": lambda: _changed(lambda qc: qc.ClearField("certs")),
    "other effects than were hashed": lambda: _changed(_other_effects),
    "a certificate of another payment": lambda: _changed(_sign_another_payment),
    "the name of another payment": lambda: _changed(_rename_payment),
    "a hash that is not its own": _wrong_hash,
    "another epoch": lambda: _changed(lambda qc: setattr(qc.certs[0], "epoch", 2)),
    "a short signature": lambda: _changed(lambda qc: setattr(qc.certs[0], "signature", bytes(63))),
    "a short signer": lambda: _changed(lambda qc: setattr(qc.certs[0].signer, "id", bytes(31))),
    "a short tx_hash": lambda: _changed(lambda qc: setattr(qc, "tx_hash", bytes(31))),
}


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_parent_is_refused(shared_pair: Pair, name: str) -> None:
    qc = INVALID[name]()
    message = shared_pair.dave.refuse(FROM_BOB.message(), pb.INVALID_PARENT_QC, [qc])
    assert message.startswith("parent_qcs[0]")
    assert message.count("parent_qcs") == 1
    # A valid one beside it does not help, and neither does money of the sender's own.
    shared_pair.dave.refuse(FROM_BOB.but(amount=1).message(), pb.INVALID_PARENT_QC, [_valid(), qc])


def test_a_valid_parent_is_not_named_missing(shared_pair: Pair) -> None:
    # What is presented is known, what is named must be it.
    tx = FROM_BOB.message(parent_qc_hash=b"\x01" * 32)
    shared_pair.dave.refuse(tx, pb.MISSING_PARENT_QC, [_valid()])


def test_more_parents_than_allowed_are_malformed(shared_pair: Pair) -> None:
    message = shared_pair.dave.refuse(FROM_BOB.message(), pb.INVALID_FORMAT, [_valid()] * 65)
    assert "parent_qcs" in message


def test_a_quorum_that_was_never_seen_here_gives_credit(pair: Pair) -> None:
    # Neither validator was asked for the payment itself; the quorum's word is enough.
    pair.certify(FROM_BOB, parents=[_valid()], parent_qc_hash=_valid().qc_hash)


def test_a_strangers_certificate_beside_a_quorum_is_ignored(pair: Pair) -> None:
    pair.dave.certify(FROM_BOB, parents=[quorum_certificate(_certificates(DAVE, STRANGER, EDGAR))])


def test_the_threshold_of_a_quorum_certificate_decides_nothing(pair: Pair) -> None:
    for threshold, payment in ((0, FROM_BOB), (100, FROM_BOB)):
        qc = quorum_certificate(_certificates(DAVE, EDGAR), threshold)
        pair.dave.certify(payment, parents=[qc])


def test_credit_is_given_once_however_often_it_is_presented(pair: Pair) -> None:
    forms = [
        _valid(),
        quorum_certificate(_certificates(EDGAR, DAVE), threshold=7),
        quorum_certificate(
            [
                forge_certificate(each, TX_HASH, TO_BOB.effects, created_unix_millis=5)
                for each in (DAVE, EDGAR)
            ]
        ),
        quorum_certificate(
            [forge_certificate(each, b"\x66" * 32, TO_BOB.effects) for each in (DAVE, EDGAR)]
        ),
    ]
    assert len({qc.qc_hash for qc in forms}) == len(forms)
    too_much = FROM_BOB.but(amount=16)
    for client in (pair.dave, pair.edgar):
        client.refuse(too_much.message(), pb.INSUFFICIENT_FUNDS, forms)
    pair.certify(FROM_BOB.but(amount=15), parents=forms)


def test_a_quorum_for_a_rival_wins_and_frees_what_was_debited(pair: Pair) -> None:
    # Dave signed 10 to Bob; the quorum, of which he is none, says 4 to Carol.
    pair.dave.certify(TO_BOB)
    won = TO_BOB.but(recipient=CAROL.address, amount=4)
    qc = quorum_certificate(
        [
            forge_certificate(each, envelope_hash(won.message()), won.effects)
            for each in (DAVE, EDGAR)
        ]
    )
    # Alice has 11 left of 15, and Carol 9; the nonce stays taken for everything else.
    following = Payment(ALICE, BOB.address, 12, sequence=1)
    pair.dave.refuse(following.message(), pb.INSUFFICIENT_FUNDS, [qc])
    pair.dave.certify(following.but(amount=11), parents=[qc])
    pair.dave.certify(Payment(CAROL, BOB.address, 9), parents=[qc])
    pair.dave.refuse(TO_BOB.but(amount=3).message(), pb.EQUIVOCATION)
