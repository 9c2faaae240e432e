"""The daemon as a process of its own."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import grpc
import types_pb2 as pb

from allegro_foreign.canonical import Effects
from allegro_foreign.certificates import forge_certificate, quorum_certificate
from allegro_foreign.client import Client
from allegro_foreign.demo import (
    ASSET,
    BLOCK_HEIGHT,
    CHAIN_ID,
    DAVE,
    EDGAR,
    EPOCH,
    POOR,
    USER_NONCE_KEY,
    Validator,
)
from allegro_foreign.payments import Kind, Payment

READY_SECONDS_MAX = 20.0
EXIT_SECONDS_MAX = 20.0
GOSSIP_INTERVAL_MILLIS = 100

REPOSITORY = Path(__file__).resolve().parents[3]


def binary() -> Path:
    """The daemon to test."""
    default = REPOSITORY / ".build" / "debug" / "allegro-sidecar"
    return Path(os.environ.get("ALLEGRO_SIDECAR", default))


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def flags(validator: Validator, port: int, peer_ports: list[int], *more: str) -> list[str]:
    """The flags of the README's demonstration."""
    peers = ",".join(f"http://127.0.0.1:{peer}" for peer in peer_ports)
    return [
        *("--name", validator.name),
        *("--listen", f"127.0.0.1:{port}"),
        *("--seed", validator.seed.hex()),
        *("--validator-id", validator.id.hex()),
        *("--chain-id", str(CHAIN_ID)),
        *("--epoch", str(EPOCH)),
        *("--block-height", str(BLOCK_HEIGHT)),
        *("--gossip-interval-ms", str(GOSSIP_INTERVAL_MILLIS)),
        "--demo-balances",
        *(("--peers", peers) if peers else ()),
        *more,
    ]


def run_to_end(
    arguments: list[str],
    under: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a daemon that must end by itself; `environment` is added to this process's."""
    return subprocess.run(
        [*under, binary(), *arguments],
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=EXIT_SECONDS_MAX,
        check=False,
    )


class SidecarProcess:
    """A daemon that serves, and a client of it."""

    def __init__(
        self,
        validator: Validator,
        port: int,
        peer_ports: list[int],
        *more: str,
        under: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
    ) -> None:
        self.validator = validator
        self.port = port
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [*under, binary(), *flags(validator, port, peer_ports, *more)],
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            # As this process ignores SIGXFSZ, a file that may not grow is an error, not the end.
            restore_signals=False,
        )
        self.client = Client(f"127.0.0.1:{port}", validator)

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        """What the process wrote so far."""
        # Not through the file's position, which the process writes at.
        file = self._log.fileno()
        return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")

    def wait_until_ready(self) -> None:
        """Waits until the daemon introduces itself as its validator."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while True:
            assert self._process.poll() is None, f"the daemon ended:\n{self.log}"
            try:
                info = self.client.info()
            except grpc.RpcError:
                assert time.monotonic() < deadline, f"the daemon does not serve:\n{self.log}"
                time.sleep(0.02)
                continue
            assert info.validator.id == self.validator.id
            assert info.validator.pubkey == self.validator.public_key
            return

    def wait_for_committee(self, members: list[Validator]) -> None:
        """Waits until quorum certificates of these validators verify here.

        The probe is a payment that is refused in any case, so it leaves nothing behind.
        """
        effects = Effects(POOR.address, b"\x99" * 20, 1, ASSET, USER_NONCE_KEY, 0)
        parent = quorum_certificate(
            [forge_certificate(member, b"\x98" * 32, effects) for member in members]
        )
        probe = Payment(POOR, b"\x97" * 20, 1, kind=Kind.NATIVE, key=b"\x08" * 32).message()
        deadline = time.monotonic() + READY_SECONDS_MAX
        while True:
            answer = self.client.submit(probe, [parent])
            if answer.reject.code == pb.INSUFFICIENT_FUNDS:
                return
            assert answer.reject.code == pb.TEMPORARY_UNAVAILABLE, answer
            assert time.monotonic() < deadline, f"no committee: {answer}\n{self.log}"
            time.sleep(0.02)

    def terminate(self) -> int:
        """Asks the daemon to end and gives its exit code."""
        self.ask_to_end()
        return self.wait_for_end()

    def ask_to_end(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait_for_end(self) -> int:
        self.client.close()
        return self._process.wait(EXIT_SECONDS_MAX)

    def wait_for_death(self, seconds_max: float) -> int:
        """Waits until the daemon ends by itself and gives its exit code."""
        return self._process.wait(seconds_max)

    def kill(self) -> None:
        """Ends the daemon without a chance to clean up, as a power cut would."""
        self.client.close()
        self._process.kill()
        self._process.wait(EXIT_SECONDS_MAX)

    def stop(self) -> str | None:
        """Ends the daemon after a test; gives what was wrong with its end."""
        try:
            if self._process.poll() is not None:
                return None
            code = self.terminate()
            return None if code == 0 else f"exit code {code}:\n{self.log}"
        except subprocess.TimeoutExpired:
            self.kill()
            return f"does not end when asked to:\n{self.log}"
        finally:
            self._log.close()


def stop_all(processes: list[SidecarProcess]) -> None:
    """Ends every one of the daemons and asserts that they ended well."""
    problems = [process.stop() for process in processes]
    assert problems == [None] * len(processes)


class Pair:
    """Dave and Edgar, who gossip with each other."""

    def __init__(self, *more: str) -> None:
        dave_port, edgar_port = free_ports(2)
        self._processes = [
            SidecarProcess(DAVE, dave_port, [edgar_port], *more),
            SidecarProcess(EDGAR, edgar_port, [dave_port], *more),
        ]

    @property
    def dave(self) -> Client:
        return self._processes[0].client

    @property
    def edgar(self) -> Client:
        return self._processes[1].client

    def wait_until_ready(self) -> None:
        for process in self._processes:
            process.wait_until_ready()
        for process in self._processes:
            process.wait_for_committee([DAVE, EDGAR])

    def certify(self, payment: Payment, **options: object) -> pb.QuorumCertificate:
        """Has both validators certify a payment."""
        return quorum_certificate(
            [
                client.certify(payment, **options)  # type: ignore[arg-type]
                for client in (self.dave, self.edgar)
            ]
        )

    def stop(self) -> None:
        stop_all(self._processes)
