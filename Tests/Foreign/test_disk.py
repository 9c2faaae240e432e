"""Disks that are full or cannot be written, and stores that are damaged or somebody else's."""

import json
import sqlite3
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import types_pb2 as pb

from allegro_foreign.client import Client
from allegro_foreign.commands import EX_CONFIG, reclaim_code, refuse_command
from allegro_foreign.demo import ALICE, ASSET, BOB, CAROL, CHAIN_ID, DAVE, EDGAR, POOR
from allegro_foreign.disk import Disk
from allegro_foreign.payments import Kind, Payment
from allegro_foreign.process import SidecarProcess, flags, free_ports, run_to_end
from conftest import Start

NOT_WRITTEN = "the store cannot be written"


def payments(count: int) -> list[Payment]:
    """Payments that none of the others holds up; Alice can make fifteen."""
    return [
        Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=bytes([index + 1]) * 32)
        for index in range(count)
    ]


def refused(data: Path, named: str, *more: str, under: tuple[str, ...] = ()) -> None:
    """Starts a daemon on a store that it must refuse in one line that says why."""
    arguments = [*flags(DAVE, free_ports(1)[0], []), "--data-dir", str(data), *more]
    refused_with(arguments, named, under)


def refused_with(arguments: list[str], named: str, under: tuple[str, ...] = ()) -> None:
    ended = run_to_end(arguments, under)
    assert ended.returncode == EX_CONFIG, ended
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert named in ended.stderr


Certified = list[tuple[Payment, pb.ValidatorCertificate]]


def check_promises(client: Client, certified: Certified) -> None:
    """Asserts that no rival of a certificate is signed, and it is given again."""
    for payment, certificate in certified:
        client.refuse(payment.but(recipient=POOR.address).message(), pb.EQUIVOCATION)
        assert client.certify(payment) == certificate


# Disks.


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with Disk(tmp_path / "disk", kibibytes=1024) as disk:
        yield disk


def test_on_a_full_disk_nothing_is_signed_until_there_is_space(start: Start, disk: Disk) -> None:
    settings = ("--data-dir", str(disk.mount_point / "data"))
    sidecar = start(*settings, under=disk.under)
    *before, first, second = payments(5)
    certified = [(payment, sidecar.client.certify(payment)) for payment in before]

    disk.fill()
    for payment in (first, second, first):
        assert sidecar.client.refuse(payment.message(), pb.TEMPORARY_UNAVAILABLE) == NOT_WRITTEN
    assert "nothing was recorded" in sidecar.log and "disk is full" in sidecar.log
    # What is on disk is still served, and what is not on disk is nowhere.
    check_promises(sidecar.client, certified)
    assert list(sidecar.client.board().certs) == [certificate for _, certificate in certified]

    disk.free()
    # A refused payment left no trace: its rival is as good as itself.
    rival = second.but(recipient=CAROL.address)
    certified += [(payment, sidecar.client.certify(payment)) for payment in (first, rival)]
    sidecar.kill()
    again = start(*settings, under=disk.under)
    assert list(again.client.board().certs) == [certificate for _, certificate in certified]
    for payment, certificate in certified:
        assert again.client.certify(payment) == certificate
    again.client.refuse(second.message(), pb.EQUIVOCATION)


def test_a_disk_that_fills_up_under_load_loses_no_certificate(
    start: Start, tmp_path: Path, disk: Disk
) -> None:
    base = tmp_path / "base.json"
    entry = {"account": ALICE.address.hex(), "asset": ASSET.hex(), "amount": "100000"}
    base.write_text(json.dumps({"balances": [entry]}))
    settings = ("--data-dir", str(disk.mount_point / "data"), "--base-state", str(base))
    sidecar = start(*settings, under=disk.under)

    def pay(key: int) -> tuple[Certified, Payment]:
        """Pays under one key after the other until a payment is refused."""
        certified: Certified = []
        for number in range(256):
            payment = Payment(
                ALICE, BOB.address, 1, kind=Kind.NATIVE, key=bytes([key, number]) + bytes(30)
            )
            answer = sidecar.client.submit(payment.message())
            if answer.WhichOneof("result") == "reject":
                assert answer.reject.code == pb.TEMPORARY_UNAVAILABLE
                assert answer.reject.message == NOT_WRITTEN
                return certified, payment
            certified.append((payment, answer.cert))
        raise AssertionError("the disk does not fill up")

    disk.remount(f"size={(1024 * 1024 - disk.free_bytes) // 1024 + 512}k")
    with ThreadPoolExecutor(max_workers=8) as pool:
        outcomes = list(pool.map(pay, range(1, 9)))
    certified = [each for some, _ in outcomes for each in some]
    assert len(certified) > 8
    check_promises(sidecar.client, certified)
    sidecar.kill()

    disk.remount("size=4096k")
    again = start(*settings, under=disk.under)
    check_promises(again.client, certified)
    later = [(payment, again.client.certify(payment)) for _, payment in outcomes]
    check_promises(again.client, later)


def test_a_store_is_not_made_on_a_full_disk(start: Start, disk: Disk) -> None:
    data = disk.mount_point / "data"
    disk.fill()
    refused(data, f"store {data}", under=disk.under)
    # Nothing half made stands in the way later.
    disk.free()
    sidecar = start("--data-dir", str(data), under=disk.under)
    sidecar.client.certify(payments(1)[0])


def test_a_full_disk_at_the_start_costs_no_certificate(start: Start, disk: Disk) -> None:
    data = disk.mount_point / "data"
    sidecar = start("--data-dir", str(data), under=disk.under)
    certified = [(payment, sidecar.client.certify(payment)) for payment in payments(5)]
    sidecar.kill()
    disk.fill()
    again = start("--data-dir", str(data), under=disk.under)
    check_promises(again.client, certified)
    new = payments(6)[5]
    assert again.client.refuse(new.message(), pb.TEMPORARY_UNAVAILABLE) == NOT_WRITTEN
    disk.free()
    again.client.certify(new)
    check_promises(again.client, certified)


@pytest.mark.parametrize("made", [False, True], ids=["new", "made"])
def test_a_disk_that_is_read_only_is_refused(start: Start, disk: Disk, made: bool) -> None:
    data = disk.mount_point / "data"
    if made:
        sidecar = start("--data-dir", str(data), under=disk.under)
        certified = [(payment, sidecar.client.certify(payment)) for payment in payments(2)]
        sidecar.kill()
    disk.remount("ro")
    refused(data, f"store {data} is not writable: Read-only file system", under=disk.under)
    disk.remount("rw")
    sidecar = start("--data-dir", str(data), under=disk.under)
    if made:
        check_promises(sidecar.client, certified)


# Damage.


def _flip(file: Path, at: float) -> None:
    """Flips one bit, `at` of the way through the file."""
    content = bytearray(file.read_bytes())
    content[int(len(content) * at)] ^= 1
    file.write_bytes(content)


def _truncate(file: Path, to: float, multiple: int = 1) -> None:
    """Cuts the file, to a multiple of so many bytes."""
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * to) // multiple * multiple])


def _after_header(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[100:] = bytes(len(content) - 100)
    file.write_bytes(content)


PAGE_BYTES = 4096
FRAME_BYTES = PAGE_BYTES + 24
LOG_HEADER_BYTES = 32

Damage = Callable[[Path], object]

DAMAGED_DATABASES: dict[str, Damage] = {
    "missing": lambda file: file.unlink(),
    "empty": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_text("no database " * 1000),
    "header only": lambda file: _truncate(file, 0.0001, 1),
    "cut within a page": lambda file: _truncate(file, 0.55),
    "cut between pages": lambda file: _truncate(file, 0.55, PAGE_BYTES),
    "zeroes behind the header": _after_header,
}

DAMAGED_LOGS: dict[str, Damage] = {
    "missing": lambda file: file.unlink(),
    "empty": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_text("no log " * 1000),
    "a bit of the header": lambda file: _flip(file, 20 / file.stat().st_size),
    "a bit in the middle": lambda file: _flip(file, 0.5),
    "a bit at the end": lambda file: _flip(file, 0.999),
    "cut in the middle": lambda file: _truncate(file, 0.5),
    "without its last byte": lambda file: file.write_bytes(file.read_bytes()[:-1]),
}


def _made(start: Start, data: Path) -> tuple[SidecarProcess, Certified]:
    sidecar = start("--data-dir", str(data))
    return sidecar, [(payment, sidecar.client.certify(payment)) for payment in payments(12)]


def _move_log_into(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert not database.with_name("allegro.sqlite-wal").exists()


@pytest.mark.parametrize("damage", DAMAGED_DATABASES.values(), ids=DAMAGED_DATABASES.keys())
def test_a_damaged_database_is_refused(start: Start, tmp_path: Path, damage: Damage) -> None:
    data = tmp_path / "data"
    sidecar, certified = _made(start, data)
    assert sidecar.terminate() == 0
    database = data / "allegro.sqlite"
    _move_log_into(database)
    whole = database.read_bytes()
    damage(database)
    damaged = database.exists() and database.read_bytes()
    # Not even by asking again, and without making it worse.
    for _ in range(2):
        refused(data, str(database))
        assert (database.exists() and database.read_bytes()) == damaged
    # The store is as good as before once it is put back.
    for file in data.glob("allegro.sqlite*"):
        file.unlink()
    database.write_bytes(whole)
    check_promises(start("--data-dir", str(data)).client, certified)


@pytest.mark.parametrize("damage", DAMAGED_LOGS.values(), ids=DAMAGED_LOGS.keys())
def test_a_damaged_log_is_refused(start: Start, tmp_path: Path, damage: Damage) -> None:
    data = tmp_path / "data"
    sidecar, certified = _made(start, data)
    sidecar.kill()
    log = data / "allegro.sqlite-wal"
    # A commit that was on its way at the kill may stand behind what the index counts.
    (frames,) = struct.unpack_from("=I", (data / "allegro.sqlite-shm").read_bytes(), 16)
    assert frames > 20
    whole = log.read_bytes()[: LOG_HEADER_BYTES + frames * FRAME_BYTES]
    assert len(whole) == LOG_HEADER_BYTES + frames * FRAME_BYTES
    log.write_bytes(whole)
    damage(log)
    refused(data, str(log))
    # A tool neither makes anything of what is left, nor hides that something is missing.
    for name, option in [("guard export", "--to"), ("backup", "--to"), ("evidence", "--export")]:
        output = tmp_path / "output"
        line = refuse_command(EX_CONFIG, *name.split(), "--data-dir", data, option, output)
        assert str(log) in line
        assert not output.exists()
    refused(data, str(log))
    log.write_bytes(whole)
    check_promises(start("--data-dir", str(data)).client, certified)


@pytest.mark.parametrize("tail", [b"\x5a" * 1000, b"\x00" * FRAME_BYTES * 2], ids=["part", "frames"])
def test_what_was_not_synced_behind_the_log_is_no_damage(
    start: Start, tmp_path: Path, tail: bytes
) -> None:
    data = tmp_path / "data"
    sidecar, certified = _made(start, data)
    sidecar.kill()
    with open(data / "allegro.sqlite-wal", "ab") as log:
        log.write(tail)
    check_promises(start("--data-dir", str(data)).client, certified)


def test_a_log_is_enough_without_its_index(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    sidecar, certified = _made(start, data)
    sidecar.kill()
    (data / "allegro.sqlite-shm").unlink()
    check_promises(start("--data-dir", str(data)).client, certified)


def test_an_index_of_an_earlier_log_is_no_damage(start: Start, tmp_path: Path) -> None:
    """As a loss of power can leave it: the index is not synced."""
    data = tmp_path / "data"
    sidecar, certified = _made(start, data)
    sidecar.kill()
    index = data / "allegro.sqlite-shm"
    earlier = index.read_bytes()
    sidecar = start("--data-dir", str(data))
    assert sidecar.terminate() == 0
    sidecar = start("--data-dir", str(data))
    later = Payment(BOB, CAROL.address, 1)
    certified.append((later, sidecar.client.certify(later)))
    sidecar.kill()
    index.write_bytes(earlier)
    check_promises(start("--data-dir", str(data)).client, certified)


# Other stores.


def _changed(flag: str, value: str, data: Path) -> list[str]:
    arguments = [*flags(DAVE, free_ports(1)[0], []), "--data-dir", str(data)]
    arguments[arguments.index(flag) + 1] = value
    return arguments


@pytest.mark.parametrize(
    ("flag", "value", "named"),
    [
        ("--chain-id", str(CHAIN_ID + 1), "belongs to chain"),
        ("--validator-id", EDGAR.id.hex(), "belongs to validator"),
        ("--seed", EDGAR.seed.hex(), "belongs to public key"),
    ],
)
def test_a_store_of_another_owner_is_refused(
    start: Start, tmp_path: Path, flag: str, value: str, named: str
) -> None:
    data = tmp_path / "data"
    assert start("--data-dir", str(data)).terminate() == 0
    refused_with(_changed(flag, value, data), named)
    assert start("--data-dir", str(data)).terminate() == 0


def test_a_store_that_counted_on_another_base_is_refused(start: Start, tmp_path: Path) -> None:
    data, base = tmp_path / "data", tmp_path / "base.json"
    entry = {"account": ALICE.address.hex(), "asset": ASSET.hex(), "amount": "16"}
    base.write_text(json.dumps({"balances": [entry]}))
    assert start("--data-dir", str(data)).terminate() == 0
    refused(data, "belongs to base state", "--base-state", str(base))


def test_a_store_of_a_newer_schema_is_refused(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    sidecar, certified = _made(start, data)
    assert sidecar.terminate() == 0
    database = sqlite3.connect(data / "allegro.sqlite")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    database.execute(f"PRAGMA user_version = {version + 1}")
    database.close()
    refused(data, f"has schema {version + 1}, this release knows {version}")
    database = sqlite3.connect(data / "allegro.sqlite")
    database.execute(f"PRAGMA user_version = {version}")
    database.close()
    check_promises(start("--data-dir", str(data)).client, certified)


def test_another_store_in_the_same_directory_is_refused(start: Start, tmp_path: Path) -> None:
    data, other = tmp_path / "data", tmp_path / "other"
    assert start("--data-dir", str(data)).terminate() == 0
    assert start("--data-dir", str(other)).terminate() == 0
    for each in (data, other):
        _move_log_into(each / "allegro.sqlite")
    (data / "allegro.sqlite").write_bytes((other / "allegro.sqlite").read_bytes())
    refused(data, "is not the one that its directory had")
    line = refuse_command(EX_CONFIG, *flags(DAVE, free_ports(1)[0], []), "--data-dir", data)
    code = reclaim_code(line)
    assert start("--data-dir", str(data), "--reclaim-key", code).terminate() == 0
    assert start("--data-dir", str(data)).terminate() == 0
