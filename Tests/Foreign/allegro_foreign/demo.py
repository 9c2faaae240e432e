"""The accounts, validators and settings of the README's demonstration."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_account import Account as EthAccount

CHAIN_ID = 1337
EPOCH = 1
BLOCK_HEIGHT = 1
ASSET = bytes.fromhex("20c000000000000000000000aaaaaaaaaaaaaaaa")
DEMO_NONCE_KEY = b"\x5b" * 32
USER_NONCE_KEY = b"\x07" * 32
"""A key of an account's own choosing, as native payments use on today's chain."""


@dataclass(frozen=True)
class Account:
    """An account and its secp256k1 key."""

    key: bytes

    @property
    def address(self) -> bytes:
        return bytes.fromhex(EthAccount.from_key(self.key).address[2:])


ALICE = Account(b"\x11" * 32)
BOB = Account(b"\x22" * 32)
CAROL = Account(b"\x33" * 32)
POOR = Account(b"\x77" * 32)
"""An account that holds nothing."""

BALANCES = {ALICE: 15, BOB: 5, CAROL: 5}


@dataclass(frozen=True)
class Validator:
    """A validator and the seed of its Ed25519 key."""

    name: str
    seed: bytes
    id: bytes

    @property
    def public_key(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


DAVE = Validator("Dave", b"\x41" * 32, b"\xd1" * 32)
EDGAR = Validator("Edgar", b"\x42" * 32, b"\xe1" * 32)
STRANGER = Validator("Stranger", b"\x43" * 32, b"\xf1" * 32)
"""A validator that no committee has."""
