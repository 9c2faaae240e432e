"""The daemon as a process: crashes, restarts, flags and signals."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import types_pb2 as pb

from allegro_foreign.demo import ALICE, BOB, CAROL, CHAIN_ID, DAVE, EDGAR
from allegro_foreign.payments import Kind, Payment
from allegro_foreign.process import flags, free_ports, run_to_end
from conftest import Start

EX_USAGE = 64
EX_UNAVAILABLE = 69
EX_CONFIG = 78

# Restarts.


@pytest.mark.parametrize("kind", [Kind.EIP1559, Kind.NATIVE])
def test_a_certificate_survives_a_crash(start: Start, tmp_path: Path, kind: Kind) -> None:
    directory = ("--data-dir", str(tmp_path / "data"))
    payment = Payment(ALICE, BOB.address, 10, kind=kind)
    first = start(*directory)
    certificate = first.client.certify(payment)
    first.kill()

    second = start(*directory)
    assert second.client.certify(payment) == certificate
    message = second.client.refuse(payment.but(recipient=CAROL.address).message(), pb.EQUIVOCATION)
    assert certificate.tx_hash.hex() in message
    # The debit is there as well, and the bulletin board shows the certificate.
    second.client.refuse(
        Payment(ALICE, BOB.address, 6, kind=Kind.NATIVE, key=b"\x0a" * 32).message(),
        pb.INSUFFICIENT_FUNDS,
    )
    assert list(second.client.board().certs) == [certificate]


def test_every_answered_payment_survives_a_crash_amid_others(start: Start, tmp_path: Path) -> None:
    directory = ("--data-dir", str(tmp_path / "data"))
    payments = [
        Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=bytes([index + 1]) * 32)
        for index in range(15)
    ]
    first = start(*directory)
    answered: dict[int, pb.ValidatorCertificate] = {}

    def pay(index: int) -> None:
        answered[index] = first.client.certify(payments[index])

    with ThreadPoolExecutor(max_workers=15) as pool:
        calls = [pool.submit(pay, index) for index in range(len(payments))]
        while not answered:
            time.sleep(0.001)
        first.kill()
        # Some calls lost their connection; what was answered is what counts.
        _ = [call.exception() for call in calls]
    assert answered

    second = start(*directory)
    for index, certificate in answered.items():
        assert second.client.certify(payments[index]) == certificate


def test_a_cursor_goes_on_after_a_restart(start: Start, tmp_path: Path) -> None:
    directory = ("--data-dir", str(tmp_path / "data"))
    first = start(*directory)
    first.client.certify(Payment(ALICE, BOB.address, 1))
    cursor = first.client.board().next_cursor
    assert first.terminate() == 0
    second = start(*directory)
    assert list(second.client.board(cursor=cursor).certs) == []
    later = second.client.certify(Payment(BOB, CAROL.address, 1))
    assert list(second.client.board(cursor=cursor).certs) == [later]


def test_a_cursor_of_a_store_that_is_gone_skips_nothing(start: Start) -> None:
    first = start()
    for key in (1, 2, 3):
        payment = Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=bytes([key]) * 32)
        first.client.certify(payment)
    cursor = first.client.board().next_cursor
    assert first.terminate() == 0
    # In memory only: the new process has a board of its own.
    second = start()
    certificate = second.client.certify(Payment(ALICE, BOB.address, 1))
    assert list(second.client.board(cursor=cursor).certs) == [certificate]


# One process for a store, one store for a validator.


def _refused(code: int, named: str, *arguments: str) -> None:
    """Runs a daemon that must end with `code` and one line that names what is wrong."""
    ended = run_to_end(list(arguments))
    assert ended.returncode == code, ended
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert named in lines[0]


def _port() -> int:
    return free_ports(1)[0]


def test_a_second_process_on_the_same_store_is_refused(start: Start, tmp_path: Path) -> None:
    directory = ("--data-dir", str(tmp_path / "data"))
    first = start(*directory)
    _refused(EX_CONFIG, "", *flags(DAVE, _port(), [], *directory))
    # The first goes on.
    first.client.certify(Payment(ALICE, BOB.address, 1))


def test_a_store_of_another_validator_is_refused(start: Start, tmp_path: Path) -> None:
    directory = ("--data-dir", str(tmp_path / "data"))
    assert start(*directory).terminate() == 0
    _refused(EX_CONFIG, "", *flags(EDGAR, _port(), [], *directory))
    assert start(*directory).terminate() == 0


def test_a_store_of_another_chain_is_refused(start: Start, tmp_path: Path) -> None:
    directory = ("--data-dir", str(tmp_path / "data"))
    assert start(*directory).terminate() == 0
    arguments = flags(DAVE, _port(), [], *directory)
    arguments[arguments.index("--chain-id") + 1] = str(CHAIN_ID + 1)
    _refused(EX_CONFIG, str(CHAIN_ID), *arguments)


# Flags.


def _changed(flag: str, value: str) -> list[str]:
    """The demonstration's flags with one of them changed or added."""
    arguments = flags(DAVE, _port(), [])
    if flag in arguments:
        arguments[arguments.index(flag) + 1] = value
    else:
        arguments += [flag, value]
    return arguments


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--listen", "127.0.0.1"),
        ("--listen", "127.0.0.1:70000"),
        ("--seed", "41" * 31),
        ("--seed", "xy" * 32),
        ("--validator-id", "d1" * 33),
        ("--chain-id", "mainnet"),
        ("--epoch", "-1"),
        ("--peers", "not a url"),
        ("--gossip-interval-ms", "0"),
        ("--gossip-pull-limit", "0"),
        ("--max-total-certs", "0"),
        ("--max-bulletin-board-response", "0"),
        ("--lane", "fast"),
        ("--committee", "/nonexistent/committee.json"),
        ("--no-such-flag", "1"),
    ],
)
def test_a_wrong_flag_is_named(daemon: Path, flag: str, value: str) -> None:
    _refused(EX_USAGE, flag, *_changed(flag, value))


def test_an_address_that_is_taken_is_named(daemon: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run_to_end(flags(DAVE, port, []))
    assert ended.returncode == EX_UNAVAILABLE
    *_, line = ended.stderr.splitlines()
    assert "--listen" in line
    assert str(port) in line


def test_only_the_demo_may_forget(daemon: Path) -> None:
    arguments = flags(DAVE, _port(), [])
    arguments.remove("--demo-balances")
    _refused(EX_USAGE, "--data-dir", *arguments)


def test_only_the_demo_may_take_its_committee_from_its_peers(daemon: Path, tmp_path: Path) -> None:
    arguments = flags(DAVE, _port(), [_port()], "--data-dir", str(tmp_path / "data"))
    arguments.remove("--demo-balances")
    _refused(EX_USAGE, "--committee", *arguments)


def _with_key_file(file: Path) -> list[str]:
    arguments = flags(DAVE, _port(), [])
    at = arguments.index("--seed")
    del arguments[at : at + 2]
    return [*arguments, "--validator-key", str(file)]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_key_that_others_can_reach_is_refused(daemon: Path, tmp_path: Path, mode: int) -> None:
    file = tmp_path / "validator.key"
    file.write_text(DAVE.seed.hex() + "\n")
    file.chmod(mode)
    _refused(EX_USAGE, "--validator-key", *_with_key_file(file))


def test_a_missing_key_is_refused(daemon: Path, tmp_path: Path) -> None:
    _refused(EX_USAGE, "--validator-key", *_with_key_file(tmp_path / "none"))


def test_the_seed_does_not_reach_the_log(start: Start) -> None:
    process = start()
    process.client.certify(Payment(ALICE, BOB.address, 1))
    assert process.terminate() == 0
    assert DAVE.seed.hex() not in process.log.lower()


# Signals.


def test_a_signal_lets_running_calls_end(start: Start, tmp_path: Path) -> None:
    # With a peer that never answers, sequence 1 waits for a quorum that cannot come.
    process = start("--peers", f"http://127.0.0.1:{_port()}")
    payment = Payment(ALICE, BOB.address, 1)
    process.client.certify(payment)
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = pool.submit(process.client.submit, payment.but(sequence=1).message())
        time.sleep(0.1)
        assert not waiting.done()
        process.ask_to_end()
        answer = waiting.result(timeout=20)
    assert answer.reject.code == pb.TEMPORARY_UNAVAILABLE
    assert process.wait_for_end() == 0


def test_a_signal_ends_a_daemon_whose_clients_stay(start: Start) -> None:
    process = start()
    # Connected, idle, and not going away by itself.
    with socket.create_connection(("127.0.0.1", process.port)):
        begin = time.monotonic()
        assert process.terminate() == 0
        assert time.monotonic() - begin < 15
