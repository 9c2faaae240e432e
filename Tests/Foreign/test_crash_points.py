"""The daemon dies at each named place of its way through a payment; what it promised stays."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
import sidecar_pb2 as sidecar_pb
import types_pb2 as pb

from allegro_foreign.certificates import quorum_certificate, verify_certificate
from allegro_foreign.client import CALL_TIMEOUT_SECONDS, Client
from allegro_foreign.demo import ASSET, BOB, CAROL, DAVE, POOR, Account
from allegro_foreign.payments import Kind, Payment
from allegro_foreign.process import REPOSITORY, SidecarProcess, flags, free_ports, run_to_end
from conftest import Start

SOURCE = REPOSITORY / "Sources" / "CertificateStore" / "CrashPoint.swift"
VARIABLE = "ALLEGRO_CRASH_POINT"
POINTS = re.findall(r'^    case \w+ = "([a-z-]+)"$', SOURCE.read_text(), flags=re.MULTILINE)

COUNTS = {
    "before-record": 12,
    "mid-transaction": 101,
    "before-commit": 18,
    "after-commit": 9,
    "between-answers": 6,
    "after-answers": 9,
    "mid-learn": 10,
}
"""At which passing the daemon dies, so that much has happened before and more was to come."""

RICH = Account(b"\x44" * 32)
BALANCE = 1_000
LANES = 12
CLIENTS = 3
ROUNDS_MAX = 40
DEATH_SECONDS_MAX = 5
EX_USAGE = 64


class Lane:
    """Payments to Bob under a key of their own, and from Bob to Carol out of what came.

    Each payment presents the quorum certificate of the one before it in its lane, except every
    other of the rich account's, for which the daemon has to form it by itself.
    """

    def __init__(self, index: int) -> None:
        self.key = bytes([index + 1]) * 32
        self.certificates: list[pb.ValidatorCertificate] = []

    def payment(self, number: int) -> Payment:
        """The payment of this number; odd ones are Bob's."""
        sender, recipient = ((RICH, BOB), (BOB, CAROL))[number % 2]
        return Payment(
            sender, recipient.address, 1, sequence=number // 2, kind=Kind.NATIVE, key=self.key
        )

    def parents(self, number: int) -> list[pb.QuorumCertificate]:
        """What is presented: the payment that is spent, and the sender's own one before."""
        numbers = [number - 1, number - 2] if number % 2 else [number - 2] if number % 4 else []
        return [
            quorum_certificate([self.certificates[each]], threshold=1)
            for each in numbers
            if each >= 0
        ]

    def request(self) -> sidecar_pb.SubmitFastPayRequest:
        """The next payment, as it is submitted until it is certified."""
        number = len(self.certificates)
        return sidecar_pb.SubmitFastPayRequest(
            tx=self.payment(number).message(), parent_qcs=self.parents(number)
        )

    def take(
        self, request: sidecar_pb.SubmitFastPayRequest, answer: sidecar_pb.SubmitFastPayResponse
    ) -> None:
        """Keeps the certificate, if the answer is one."""
        if answer.WhichOneof("result") == "reject":
            assert answer.reject.code == pb.TEMPORARY_UNAVAILABLE, answer
            return
        payment = self.payment(len(self.certificates))
        verify_certificate(answer.cert, payment, request.tx, DAVE)
        self.certificates.append(answer.cert)

    def pay_next(self, client: Client) -> pb.ValidatorCertificate:
        """Asks until the next payment is certified."""
        request = self.request()
        count = len(self.certificates)
        while len(self.certificates) == count:
            self.take(request, client.stub.SubmitFastPay(request))
        return self.certificates[-1]

    def claims(self) -> Iterator[tuple[Payment, pb.ValidatorCertificate]]:
        for number, certificate in enumerate(self.certificates):
            yield self.payment(number), certificate


def _pay_until_death(port: int, lanes: list[Lane]) -> None:
    """Pays in these lanes at once, so that payments share a transaction."""
    client = Client(f"127.0.0.1:{port}", DAVE)
    is_dead = False
    for _ in range(ROUNDS_MAX):
        requests = [(lane, lane.request()) for lane in lanes]
        calls = [
            (lane, request, client.stub.SubmitFastPay.future(request, timeout=CALL_TIMEOUT_SECONDS))
            for lane, request in requests
        ]
        for lane, request, call in calls:
            try:
                lane.take(request, call.result())
            except grpc.RpcError as error:
                # What this certificate would have been is known after the restart.
                assert error.code() == grpc.StatusCode.UNAVAILABLE, error
                is_dead = True
        if is_dead:
            break
    client.close()


def _crash(sidecar: SidecarProcess, lanes: list[Lane]) -> None:
    """Has several clients pay until the daemon has ended by itself, as it was told to."""
    with ThreadPoolExecutor(max_workers=CLIENTS) as pool:
        calls = [
            pool.submit(_pay_until_death, sidecar.port, lanes[index::CLIENTS])
            for index in range(CLIENTS)
        ]
        for call in calls:
            call.result()
    assert sidecar.wait_for_death(DEATH_SECONDS_MAX) == -signal.SIGKILL


def _board(client: Client) -> dict[bytes, pb.ValidatorCertificate]:
    return {each.tx_hash: each for page in client.pages() for each in page}


def _check_promises(client: Client, lanes: list[Lane]) -> None:
    """Asserts that no rival of a certificate that a client holds is signed, and it is given again."""
    for lane in lanes:
        for payment, certificate in lane.claims():
            rival = payment.but(recipient=POOR.address).message()
            message = client.refuse(rival, pb.EQUIVOCATION)
            assert certificate.tx_hash.hex() in message
            assert client.certify(payment) == certificate


@pytest.mark.parametrize("point", POINTS)
def test_what_was_promised_survives_a_crash_at(start: Start, tmp_path: Path, point: str) -> None:
    base = tmp_path / "base.json"
    entry = {"account": RICH.address.hex(), "asset": ASSET.hex(), "amount": str(BALANCE)}
    base.write_text(json.dumps({"balances": [entry]}))
    settings = ("--data-dir", str(tmp_path / "data"), "--base-state", str(base))
    armed = {VARIABLE: f"{point}:{COUNTS[point]}"}
    lanes = [Lane(index) for index in range(LANES)]

    # Twice: what a crash left is what the next one begins with.
    for _ in range(2):
        answered = sum(len(lane.certificates) for lane in lanes)
        _crash(start(*settings, environment=armed), lanes)
        assert sum(len(lane.certificates) for lane in lanes) > answered

    client = start(*settings).client
    recorded = _board(client)
    held = [certificate for lane in lanes for _, certificate in lane.claims()]
    assert all(recorded[each.tx_hash] == each for each in held)
    _check_promises(client, lanes)
    # Someone was left without an answer; after a commit, though the payment is recorded.
    if point == "after-commit":
        assert len(recorded) > len(held)

    # What was not answered is certified now, and the same if it was recorded.
    for lane in lanes:
        certificate = lane.pay_next(client)
        assert recorded.get(certificate.tx_hash, certificate) == certificate
    held = [certificate for lane in lanes for _, certificate in lane.claims()]
    assert _board(client) == {each.tx_hash: each for each in held}

    # Each payment was taken out of the balance once: what is left can be spent, and not one more.
    spent = sum(payment.sender is RICH for lane in lanes for payment, _ in lane.claims())
    rest = Payment(RICH, CAROL.address, BALANCE - spent, kind=Kind.NATIVE, key=b"\x77" * 32)
    client.refuse(rest.but(amount=rest.amount + 1).message(), pb.INSUFFICIENT_FUNDS)
    client.certify(rest)


def test_every_crash_point_has_its_passing() -> None:
    assert sorted(POINTS) == sorted(COUNTS)
    assert len(POINTS) == SOURCE.read_text().count("\n    case ")


@pytest.mark.parametrize("value", ["no-such-point:1", "after-commit", "after-commit:0", ""])
def test_an_unknown_crash_point_is_refused(daemon: Path, value: str) -> None:
    ended = run_to_end(flags(DAVE, free_ports(1)[0], []), environment={VARIABLE: value})
    assert ended.returncode == EX_USAGE
    (line,) = ended.stderr.splitlines()
    assert VARIABLE in line and "after-commit" in line


def test_a_release_build_knows_no_crash_points(tmp_path: Path) -> None:
    """Compiles the hook as SwiftPM does for a release, and once as for a test."""

    def compiled(*more: str) -> bytes:
        output = tmp_path / "CrashPoint.o"
        command = ["swiftc", "-parse-as-library", "-package-name", "allegro", "-O", *more]
        subprocess.run([*command, "-c", str(SOURCE), "-o", str(output)], check=True)
        return output.read_bytes()

    assert VARIABLE.encode() in compiled("-D", "DEBUG")
    assert VARIABLE.encode() not in compiled()
