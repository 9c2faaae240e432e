"""The hashes of the protocol, written from its table (docs/01-architecture.md) and nothing else."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import types_pb2 as pb

CERTIFICATE_DOMAIN_TAG = b"tempo.fastpay.cert.v1"
PROTOCOL_VERSION = 1


def _u(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def _prefixed(data: bytes) -> bytes:
    return _u(len(data), 4) + data


@dataclass(frozen=True)
class Expiry:
    """When a payment may no longer be certified: exactly one of the two is set."""

    max_block_height: int | None = None
    unix_millis: int | None = None

    def encoded(self) -> bytes:
        if self.max_block_height is not None:
            return b"\x00" + _u(self.max_block_height, 8)
        assert self.unix_millis is not None
        return b"\x01" + _u(self.unix_millis, 8)

    def message(self) -> pb.Expiry:
        if self.max_block_height is not None:
            return pb.Expiry(max_block_height=self.max_block_height)
        return pb.Expiry(unix_millis=self.unix_millis)


@dataclass(frozen=True)
class Effects:
    """What a payment does, under the nonce that it declares."""

    sender: bytes
    recipient: bytes
    amount: int
    asset: bytes
    nonce_key: bytes
    nonce_seq: int

    def hash(self) -> bytes:
        return hashlib.sha256(
            b"tempo.fastpay.effects.v1"
            + self.sender
            + self.recipient
            + _u(self.amount, 8)
            + self.asset
            + self.nonce_key
            + _u(self.nonce_seq, 8)
        ).digest()

    def message(self) -> pb.EffectsSummary:
        return pb.EffectsSummary(
            sender=pb.Address(data=self.sender),
            recipient=pb.Address(data=self.recipient),
            amount=self.amount,
            asset=pb.AssetId(data=self.asset),
            nonce=pb.Nonce2D(nonce_key_be=self.nonce_key, nonce_seq=self.nonce_seq),
        )


def tx_hash(
    chain_id: int,
    tempo_tx: bytes,
    nonce_key: bytes,
    nonce_seq: int,
    expiry: Expiry,
    parent_qc_hash: bytes = b"",
) -> bytes:
    """The name of a payment in its envelope."""
    parent = b"\x01" + parent_qc_hash if parent_qc_hash else b"\x00"
    return hashlib.sha256(
        b"tempo.fastpay.tx.v1"
        + _u(chain_id, 8)
        + _prefixed(tempo_tx)
        + nonce_key
        + _u(nonce_seq, 8)
        + expiry.encoded()
        + parent
    ).digest()


def certificate_preimage(
    chain_id: int, epoch: int, payment_hash: bytes, effects_hash: bytes
) -> bytes:
    return (
        b"tempo.fastpay.cert.preimage.v1"
        + _prefixed(CERTIFICATE_DOMAIN_TAG)
        + _u(PROTOCOL_VERSION, 2)
        + _u(chain_id, 8)
        + _u(epoch, 8)
        + payment_hash
        + effects_hash
    )


def certificate_digest(
    chain_id: int, epoch: int, payment_hash: bytes, effects_hash: bytes
) -> bytes:
    """The 32 bytes that a validator signs."""
    preimage = certificate_preimage(chain_id, epoch, payment_hash, effects_hash)
    return hashlib.sha256(preimage).digest()


def qc_hash(
    payment_hash: bytes,
    effects_hash: bytes,
    threshold: int,
    certificates: Iterable[tuple[bytes, bytes, int]],
) -> bytes:
    """The hash over (signer id, signature, created) of each certificate, sorted by signer."""
    ordered = sorted(certificates)
    preimage = b"tempo.fastpay.qc.v1" + payment_hash + effects_hash
    preimage += _u(threshold, 4) + _u(len(ordered), 4)
    for signer, signature, created_unix_millis in ordered:
        preimage += signer + _prefixed(signature) + _u(created_unix_millis, 8)
    return hashlib.sha256(preimage).digest()


def quorum(validators: int) -> int:
    """How many distinct signers make a quorum certificate."""
    return validators - (validators - 1) // 3
