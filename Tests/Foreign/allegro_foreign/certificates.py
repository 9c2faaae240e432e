"""Certificates and quorum certificates: verified, and made as a validator or a forger would."""

import types_pb2 as pb
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from allegro_foreign import canonical
from allegro_foreign.canonical import Effects
from allegro_foreign.demo import CHAIN_ID, EPOCH, Validator
from allegro_foreign.payments import Payment, envelope_hash


def verify_certificate(
    certificate: pb.ValidatorCertificate,
    payment: Payment,
    tx: pb.FastPayTx,
    validator: Validator,
) -> None:
    """Asserts that the validator certified exactly this payment in this envelope."""
    assert certificate.signer.id == validator.id
    assert certificate.signer.pubkey in (b"", validator.public_key)
    assert certificate.tx_hash == envelope_hash(tx)
    assert certificate.effects == payment.effects.message()
    assert certificate.effects_hash == payment.effects.hash()
    assert certificate.epoch in (0, EPOCH)
    assert certificate.created_unix_millis > 0
    verify_signature(certificate, validator)


def verify_signature(certificate: pb.ValidatorCertificate, validator: Validator) -> None:
    """Asserts that the validator signed the certificate's hashes."""
    digest = canonical.certificate_digest(
        CHAIN_ID, EPOCH, certificate.tx_hash, certificate.effects_hash
    )
    key = Ed25519PublicKey.from_public_bytes(validator.public_key)
    key.verify(certificate.signature, digest)


def forge_certificate(
    validator: Validator, tx_hash: bytes, effects: Effects, created_unix_millis: int = 1000
) -> pb.ValidatorCertificate:
    """A certificate that the validator's key signs without any check."""
    digest = canonical.certificate_digest(CHAIN_ID, EPOCH, tx_hash, effects.hash())
    return pb.ValidatorCertificate(
        signer=pb.ValidatorId(name=validator.name, id=validator.id, pubkey=validator.public_key),
        tx_hash=tx_hash,
        effects_hash=effects.hash(),
        effects=effects.message(),
        signature=validator.sign(digest),
        created_unix_millis=created_unix_millis,
    )


def forge_quorum_certificate(
    payment: Payment, *validators: Validator, threshold: int = 2
) -> pb.QuorumCertificate:
    """A quorum certificate that the validators' keys sign without any check."""
    tx_hash = envelope_hash(payment.message())
    return quorum_certificate(
        [forge_certificate(each, tx_hash, payment.effects) for each in validators], threshold
    )


def quorum_certificate(
    certificates: list[pb.ValidatorCertificate], threshold: int = 2
) -> pb.QuorumCertificate:
    """A quorum certificate of what is given, with its hash."""
    first = certificates[0]
    return with_hash(
        pb.QuorumCertificate(
            tx_hash=first.tx_hash,
            effects_hash=first.effects_hash,
            certs=certificates,
            threshold=threshold,
        )
    )


def with_hash(qc: pb.QuorumCertificate) -> pb.QuorumCertificate:
    """The same quorum certificate with the hash that belongs to its fields."""
    result = pb.QuorumCertificate()
    result.CopyFrom(qc)
    result.qc_hash = canonical.qc_hash(
        qc.tx_hash,
        qc.effects_hash,
        qc.threshold,
        [(cert.signer.id, cert.signature, cert.created_unix_millis) for cert in qc.certs],
    )
    return result
