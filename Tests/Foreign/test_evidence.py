"""Evidence against senders that sign two payments for one nonce."""

import json
from pathlib import Path

import pytest
import rlp
import types_pb2 as pb
from eth_account import Account as EthAccount
from eth_utils.crypto import keccak

from allegro_foreign.commands import EX_CONFIG, EX_USAGE, refuse_command, run_command
from allegro_foreign.demo import ALICE, BOB, CAROL, CHAIN_ID
from allegro_foreign.payments import Kind, Payment, envelope_hash
from conftest import Start

KINDS = [Kind.LEGACY, Kind.EIP2930, Kind.EIP1559, Kind.NATIVE]


def recovered(kind: Kind, signed: bytes) -> tuple[bytes, int, int]:
    """Sender, nonce key and nonce of a signed transaction, by other projects' libraries."""
    if not kind.is_native:
        sender = EthAccount.recover_transaction(signed)
        body = signed if kind is Kind.LEGACY else signed[1:]
        nonce = rlp.decode(body)[0 if kind is Kind.LEGACY else 1]
        return bytes.fromhex(sender[2:]), 0, int.from_bytes(nonce, "big")
    assert signed[0] == 0x76
    *fields, signature = rlp.decode(signed[1:])
    digest = keccak(b"\x76" + rlp.encode(fields))
    sender = EthAccount._recover_hash(digest, signature=signature)
    key, nonce = (int.from_bytes(field, "big") for field in fields[6:8])
    return bytes.fromhex(sender[2:]), key, nonce


def from_hex(text: str) -> bytes:
    assert text.startswith("0x")
    return bytes.fromhex(text[2:])


@pytest.mark.parametrize("kind", KINDS)
def test_both_payments_recover_to_the_sender_that_signed_them(
    start: Start, tmp_path: Path, kind: Kind
) -> None:
    data = tmp_path / "data"
    sidecar = start("--data-dir", str(data))
    certified = Payment(ALICE, BOB.address, 1, kind=kind)
    refused = certified.but(recipient=CAROL.address)
    sidecar.client.certify(certified)
    assert run_command("evidence", "--data-dir", data) == []
    sidecar.client.refuse(refused.message(), pb.EQUIVOCATION)

    def report(name: str) -> tuple[list[str], str]:
        file = tmp_path / name
        lines = run_command("evidence", "--data-dir", data, "--export", file)
        assert file.stat().st_mode & 0o777 == 0o600
        return lines, file.read_text()

    # Beside the daemon, and after it.
    lines, text = report("running.json")
    assert sidecar.terminate() == 0
    database = (data / "allegro.sqlite").read_bytes()
    assert report("stopped.json") == (lines, text)
    assert (data / "allegro.sqlite").read_bytes() == database

    exported = json.loads(text)
    assert exported["format"] == "allegro-evidence"
    assert exported["version"] == 1
    assert exported["chain_id"] == CHAIN_ID
    (item,) = exported["items"]
    (line,) = lines
    nonces = set()
    for payment, name in ((certified, "certified"), (refused, "refused")):
        signed = from_hex(item[name]["signed_transaction"])
        assert signed == payment.signed_bytes()
        assert from_hex(item[name]["tx_hash"]) == envelope_hash(payment.message())
        assert item[name]["tx_hash"][2:] in line
        sender, *nonce = recovered(kind, signed)
        assert sender == from_hex(item["sender"]) == ALICE.address
        nonces.add(tuple(nonce))
    assert nonces == {(int(item["nonce_key"], 16), item["sequence"])}
    assert item["certified"] != item["refused"]

    # What is there is not replaced.
    message = refuse_command(
        EX_USAGE, "evidence", "--data-dir", data, "--export", tmp_path / "stopped.json"
    )
    assert "exists" in message


def test_without_a_store_there_is_nothing_to_list(daemon: Path, tmp_path: Path) -> None:
    assert str(tmp_path / "none") in refuse_command(
        EX_CONFIG, "evidence", "--data-dir", tmp_path / "none"
    )
    assert not (tmp_path / "none").exists()
    assert "--data-dir" in refuse_command(EX_USAGE, "evidence")


def test_a_corrupted_store_is_said_to_be(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    sidecar = start("--data-dir", str(data))
    sidecar.client.certify(Payment(ALICE, BOB.address, 1))
    assert sidecar.terminate() == 0
    # The log too, if there is one, since what is good in it is read from there.
    for file in data.glob("allegro.sqlite*"):
        content = bytearray(file.read_bytes())
        for offset in range(4096 if file.name == "allegro.sqlite" else 0, len(content)):
            content[offset] ^= 0xA5
        file.write_bytes(content)
    assert "corrupted" in refuse_command(EX_CONFIG, "evidence", "--data-dir", data)
