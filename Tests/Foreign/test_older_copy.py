"""A validator that is started from an older copy of its store finds that out from its peer."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import types_pb2 as pb

from allegro_foreign.commands import EX_CONFIG, refuse_command
from allegro_foreign.demo import ALICE, BOB, DAVE, EDGAR
from allegro_foreign.payments import Kind, Payment
from allegro_foreign.process import SidecarProcess, flags, free_ports, stop_all

SECONDS_MAX = 20.0


def payment(key: int) -> Payment:
    return Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=bytes([key]) * 32)


@contextmanager
def running(process: SidecarProcess) -> Iterator[SidecarProcess]:
    try:
        process.wait_until_ready()
        yield process
    finally:
        stop_all([process])


def wait_for(what: str, holds: object) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_a_restored_older_copy_signs_nothing_new(daemon: Path, tmp_path: Path) -> None:
    data, older = tmp_path / "data", tmp_path / "older"
    dave_port, edgar_port = free_ports(2)

    def dave() -> SidecarProcess:
        return SidecarProcess(DAVE, dave_port, [edgar_port], "--data-dir", str(data))

    with running(SidecarProcess(EDGAR, edgar_port, [dave_port])) as edgar:
        with running(dave()) as process:
            held = process.client.certify(payment(1))
            assert process.terminate() == 0
        shutil.copytree(data, older)
        with running(dave()) as process:
            lost = process.client.certify(payment(2))
            wait_for(
                "the peer does not learn of it",
                lambda: edgar.client.board(tx_hash=lost.tx_hash).certs,
            )
            assert process.terminate() == 0
        shutil.rmtree(data)
        shutil.copytree(older, data)

        with running(dave()) as process:
            wait_for("nobody noticed", lambda: "does not hold" in process.log)
            message = process.client.refuse(payment(3).message(), pb.TEMPORARY_UNAVAILABLE)
            assert "this key has signed" in message
            # Nor a rival of what it forgot; what it holds it still answers for.
            rival = payment(2).but(amount=2).message()
            process.client.refuse(rival, pb.TEMPORARY_UNAVAILABLE)
            assert process.client.certify(payment(1)) == held
            assert process.terminate() == 0
        arguments = flags(DAVE, dave_port, [edgar_port], "--data-dir", str(data))
        assert lost.tx_hash.hex() in refuse_command(EX_CONFIG, *arguments)
