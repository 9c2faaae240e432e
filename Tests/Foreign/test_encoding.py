"""This client's own hashes and signatures, against the protocol's vectors; no daemon is needed."""

import json
from pathlib import Path
from typing import Any

import pytest

from allegro_foreign import canonical
from allegro_foreign.canonical import Effects, Expiry
from allegro_foreign.demo import ALICE, BOB, CAROL, Validator
from allegro_foreign.payments import Kind, Payment, envelope_hash

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parent.parent / "Vectors" / "canonical.json").read_text()
)
CASES: list[dict[str, Any]] = VECTORS["cases"]


def _expiry(case: dict[str, Any]) -> Expiry:
    return Expiry(**{kind: int(value) for kind, value in case["expiry"].items()})


def _effects(case: dict[str, Any]) -> Effects:
    effects = case["effects"]
    return Effects(
        sender=bytes.fromhex(effects["sender"]),
        recipient=bytes.fromhex(effects["recipient"]),
        amount=int(effects["amount"]),
        asset=bytes.fromhex(effects["asset"]),
        nonce_key=bytes.fromhex(case["nonce_key"]),
        nonce_seq=int(case["nonce_seq"]),
    )


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_every_hash_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    payment_hash = canonical.tx_hash(
        int(case["chain_id"]),
        bytes.fromhex(case["tempo_tx"]),
        bytes.fromhex(case["nonce_key"]),
        int(case["nonce_seq"]),
        _expiry(case),
        bytes.fromhex(case["parent_qc_hash"] or ""),
    )
    assert payment_hash.hex() == case["tx_hash"]
    effects_hash = _effects(case).hash()
    assert effects_hash.hex() == case["effects_hash"]
    preimage = canonical.certificate_preimage(
        int(case["chain_id"]), int(case["epoch"]), payment_hash, effects_hash
    )
    assert preimage.hex() == case["cert_preimage"]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_every_signature_and_quorum_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    digest = bytes.fromhex(case["cert_digest"])
    seats = {member["id"]: member for member in case["committee"]}
    assert canonical.quorum(len(seats)) == case["threshold"]
    certificates = []
    for certificate in case["certs"]:
        seat = seats[certificate["signer"]]
        validator = Validator("", bytes.fromhex(seat["seed"]), bytes.fromhex(seat["id"]))
        assert validator.public_key.hex() == seat["pubkey"]
        assert validator.sign(digest).hex() == certificate["signature"]
        certificates.append(
            (validator.id, validator.sign(digest), int(certificate["created_unix_millis"]))
        )
    assert (
        canonical.qc_hash(
            bytes.fromhex(case["tx_hash"]),
            bytes.fromhex(case["effects_hash"]),
            case["threshold"],
            certificates,
        ).hex()
        == case["qc_hash"]
    )


def test_the_first_implementations_golden_vector_holds() -> None:
    payment_hash = canonical.tx_hash(
        1337,
        b"tempo:transfer:alice:bob:10",
        b"\x5b" * 32,
        7,
        Expiry(max_block_height=99),
        b"\x11" * 32,
    )
    effects_hash = Effects(b"\x01" * 20, b"\x02" * 20, 10, b"\x03" * 20, b"\x5b" * 32, 7).hash()
    assert payment_hash.hex() == "80f0bddcad91b05df8b0f96fe3b42fea9a5b5d358a61664616ec17289d80d8df"
    assert effects_hash.hex() == "7ff26a3ecef7a937adaa2f13bcbb2dc349b1daaa63b5ede4b18f20d130f8859e"
    assert (
        canonical.certificate_digest(1337, 42, payment_hash, effects_hash).hex()
        == "02bf6c27eb0c808a9fbda3cad277eab0634e6050a068054b878eeccc3e712313"
    )
    assert (
        canonical.qc_hash(
            payment_hash,
            effects_hash,
            2,
            [(b"\x0b" * 32, b"\xbb" * 64, 1001), (b"\x0a" * 32, b"\xaa" * 64, 1000)],
        ).hex()
        == "fee9c0774bd5e57638e46c265bba36430f22e76ce9fa203a5eba6972a7809737"
    )


def test_the_demo_accounts_have_the_demo_addresses() -> None:
    assert [account.address.hex() for account in (ALICE, BOB, CAROL)] == [
        "19e7e376e7c213b7e7e7e46cc70a5dd086daff2a",
        "1563915e194d8cfba1943570603f7606a3115508",
        "5cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb",
    ]


@pytest.mark.parametrize("kind", Kind)
def test_a_message_hashes_as_its_parts_do(kind: Kind) -> None:
    payment = Payment(ALICE, BOB.address, 10, sequence=3, kind=kind)
    tx = payment.message(Expiry(unix_millis=5), b"\x11" * 32)
    assert envelope_hash(tx) == canonical.tx_hash(
        1337,
        payment.signed_bytes(),
        payment.nonce_key,
        3,
        Expiry(unix_millis=5),
        b"\x11" * 32,
    )
