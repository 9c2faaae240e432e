"""Backups of a store, and what may be done with them."""

import json
import shutil
import sqlite3
import threading
from pathlib import Path

import types_pb2 as pb

from allegro_foreign.commands import (
    EX_CONFIG,
    EX_USAGE,
    reclaim_code,
    refuse_command,
    run_command,
)
from allegro_foreign.demo import ALICE, ASSET, BOB, CAROL, DAVE
from allegro_foreign.payments import Kind, Payment
from allegro_foreign.process import flags, free_ports
from conftest import Start


def payment(index: int) -> Payment:
    """Payments that none of the others holds up."""
    key = (index + 1).to_bytes(32, "big")
    return Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=key)


def rich(tmp_path: Path) -> tuple[str, str]:
    """The flag that gives Alice enough for all payments of a test."""
    file = tmp_path / "base.json"
    balance = {"account": ALICE.address.hex(), "asset": ASSET.hex(), "amount": "1000000"}
    file.write_text(json.dumps({"balances": [balance]}))
    return "--base-state", str(file)


def restored(backup: Path, directory: Path) -> Path:
    """A directory whose store is the backup."""
    directory.mkdir(mode=0o700)
    shutil.copyfile(backup, directory / "allegro.sqlite")
    return directory


def test_a_backup_under_load_is_a_prefix_and_is_not_signed_with(
    start: Start, tmp_path: Path
) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.sqlite"
    base = rich(tmp_path)
    sidecar = start("--data-dir", str(data), *base)
    certificates: list[pb.ValidatorCertificate] = []
    enough, stop = threading.Event(), threading.Event()

    def load() -> None:
        while not stop.is_set():
            certificates.append(sidecar.client.certify(payment(len(certificates))))
            if len(certificates) == 50:
                enough.set()

    thread = threading.Thread(target=load)
    thread.start()
    try:
        assert enough.wait(60)
        before = len(certificates)
        run_command("backup", "--data-dir", data, "--to", backup)
        after = len(certificates) + 1
    finally:
        stop.set()
        thread.join()
    sidecar.kill()
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in sorted(tmp_path.iterdir())] == [
        "backup.sqlite",
        "base.json",
        "data",
    ]
    with sqlite3.connect(backup) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (held,) = connection.execute("SELECT count(*) FROM board").fetchone()
    connection.close()
    assert before <= held <= after

    copy = restored(backup, tmp_path / "copy")
    arguments = flags(DAVE, free_ports(1)[0], [], "--data-dir", str(copy), *base)
    message = refuse_command(EX_CONFIG, *arguments)
    assert "backup" in message
    assert "unknown" in message

    again = start("--data-dir", str(copy), *base, "--reclaim-key", reclaim_code(message))
    assert "--reclaim-key" in again.log
    assert list(page for pages in again.client.pages() for page in pages) == certificates[:held]
    for index in range(held):
        assert again.client.certify(payment(index)) == certificates[index]
    rival = payment(0).but(recipient=CAROL.address)
    again.client.refuse(rival.message(), pb.EQUIVOCATION)
    # For good: it is held now, and the flag has nothing to do.
    assert again.terminate() == 0
    assert start("--data-dir", str(copy), *base).terminate() == 0


def test_a_backup_of_a_stopped_store_replaces_nothing(start: Start, tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.sqlite"
    sidecar = start("--data-dir", str(data))
    certificate = sidecar.client.certify(payment(0))
    assert sidecar.terminate() == 0
    run_command("backup", "--data-dir", data, "--to", backup)
    content = backup.read_bytes()
    assert "exists" in refuse_command(EX_USAGE, "backup", "--data-dir", data, "--to", backup)
    assert backup.read_bytes() == content
    missing = tmp_path / "none" / "backup.sqlite"
    refuse_command(EX_USAGE, "backup", "--data-dir", data, "--to", missing)
    refuse_command(EX_CONFIG, "backup", "--data-dir", tmp_path / "none", "--to", missing)
    # The store itself is held as before.
    assert start("--data-dir", str(data)).client.certify(payment(0)) == certificate
