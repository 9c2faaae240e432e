"""The guard's way to another host: export, import, and what each side may still sign."""

import json
from pathlib import Path

import types_pb2 as pb

from allegro_foreign.commands import (
    EX_CONFIG,
    EX_USAGE,
    reclaim_code,
    refuse_command,
    run_command,
)
from allegro_foreign.demo import ALICE, BOB, CAROL, DAVE
from allegro_foreign.payments import Kind, Payment
from allegro_foreign.process import flags, free_ports
from conftest import Start

PAYMENTS = [
    Payment(ALICE, BOB.address, 4, kind=Kind.NATIVE, key=b"\x09" * 32),
    Payment(ALICE, BOB.address, 3, kind=Kind.EIP1559),
    Payment(BOB, CAROL.address, 2, kind=Kind.LEGACY),
]


def refused_start(data: Path, *more: str) -> str:
    """The line with which a daemon refuses a store."""
    arguments = flags(DAVE, free_ports(1)[0], [], "--data-dir", str(data), *more)
    return refuse_command(EX_CONFIG, *[each for each in arguments])


def signed_and_stopped(start: Start, data: Path) -> list[pb.ValidatorCertificate]:
    sidecar = start("--data-dir", str(data))
    certificates = [sidecar.client.certify(payment) for payment in PAYMENTS]
    assert sidecar.terminate() == 0
    return certificates


def test_the_new_store_signs_on_and_the_old_one_does_not(start: Start, tmp_path: Path) -> None:
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "guard.json"
    certificates = signed_and_stopped(start, old)

    run_command("guard", "export", "--data-dir", old, "--to", file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "handed over" in refused_start(old)

    run_command("guard", "import", "--data-dir", new, "--from", file)
    sidecar = start("--data-dir", str(new))
    # Byte for byte, on request and on the board, where peers may still need them.
    assert [sidecar.client.certify(payment) for payment in PAYMENTS] == certificates
    assert sorted(sidecar.client.board().certs, key=lambda cert: cert.tx_hash) == sorted(
        certificates, key=lambda cert: cert.tx_hash
    )
    for payment in PAYMENTS:
        rival = payment.but(amount=payment.amount - 1).message()
        sidecar.client.refuse(rival, pb.EQUIVOCATION)
    # The debits went over: of Alice's 15 are 8 left.
    too_much = Payment(ALICE, CAROL.address, 9, kind=Kind.NATIVE, key=b"\x0b" * 32)
    sidecar.client.refuse(too_much.message(), pb.INSUFFICIENT_FUNDS)
    sidecar.client.certify(too_much.but(amount=8))


def test_an_exported_store_signs_again_only_when_told_to(start: Start, tmp_path: Path) -> None:
    old, file = tmp_path / "old", tmp_path / "guard.json"
    certificates = signed_and_stopped(start, old)
    run_command("guard", "export", "--data-dir", old, "--to", file)
    # A second export gives the same file, should the first have been lost.
    again = tmp_path / "again.json"
    run_command("guard", "export", "--data-dir", old, "--to", again)
    assert again.read_bytes() == file.read_bytes()

    line = refuse_command(EX_CONFIG, *flags(DAVE, free_ports(1)[0], []), "--data-dir", old)
    reclaim = ("--data-dir", str(old), "--reclaim-key", reclaim_code(line))
    sidecar = start(*reclaim)
    assert [sidecar.client.certify(payment) for payment in PAYMENTS] == certificates
    assert "warning" in sidecar.log
    assert sidecar.terminate() == 0
    # Once is enough.
    sidecar = start("--data-dir", str(old))
    assert sidecar.client.certify(PAYMENTS[0]) == certificates[0]
    assert sidecar.terminate() == 0
    # And a flag that was left in place does not undo a later export.
    run_command("guard", "export", "--data-dir", old, "--to", tmp_path / "later.json")
    refuse_command(EX_CONFIG, *flags(DAVE, free_ports(1)[0], []), *reclaim)


def test_a_running_daemon_keeps_its_guard(start: Start, tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "guard.json"
    sidecar = start("--data-dir", str(data))
    line = refuse_command(
        EX_CONFIG, "guard", "export", "--data-dir", data, "--to", file
    )
    assert "in use" in line
    assert not file.exists()
    sidecar.client.certify(PAYMENTS[0])


def test_an_import_is_whole_or_nothing(start: Start, tmp_path: Path) -> None:
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "guard.json"
    signed_and_stopped(start, old)
    run_command("guard", "export", "--data-dir", old, "--to", file)
    content = file.read_bytes()
    damaged = tmp_path / "damaged.json"
    document = json.loads(content)
    document["version"] = 2
    for wrong in [b"", content[: len(content) // 2], b"[]", json.dumps(document).encode()]:
        damaged.write_bytes(wrong)
        refuse_command(EX_USAGE, "guard", "import", "--data-dir", new, "--from", damaged)
        assert not new.exists()
    run_command("guard", "import", "--data-dir", new, "--from", file)
    # Not over a store that is there, be it the same.
    for directory in (new, old):
        refuse_command(EX_CONFIG, "guard", "import", "--data-dir", directory, "--from", file)


def test_an_imported_store_is_for_its_own_validator(start: Start, tmp_path: Path) -> None:
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "guard.json"
    signed_and_stopped(start, old)
    run_command("guard", "export", "--data-dir", old, "--to", file)
    document = json.loads(file.read_bytes())
    assert document["format"] == "allegro-guard"
    assert bytes.fromhex(document["validator_id"]) == DAVE.id
    run_command("guard", "import", "--data-dir", new, "--from", file)
    assert "chain" in refused_start(new, "--chain-id", "1338")
