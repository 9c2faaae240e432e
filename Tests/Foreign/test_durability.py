"""What is on disk before a certificate leaves, and what happens when the disk does not take it."""

import re
import resource
import time
from pathlib import Path

import types_pb2 as pb

from allegro_foreign.certificates import forge_quorum_certificate
from allegro_foreign.demo import ALICE, BOB, DAVE
from allegro_foreign.payments import Kind, Payment
from allegro_foreign.process import SidecarProcess, flags, free_ports, run_to_end
from conftest import Start

SYSTEM_CALLS = "fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg"


def payments(count: int) -> list[Payment]:
    """Payments that none of the others holds up."""
    return [
        Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=bytes([index + 1]) * 32)
        for index in range(count)
    ]


def complete_text(file: Path, last: str) -> str:
    """What another process writes to a file, once it has written `last`."""
    deadline = time.monotonic() + 20
    while True:
        # Threads' numbers are padded to a common width.
        text = re.sub(r"(?m)^(\d+) +", r"\1 ", file.read_text())
        if last in text:
            return text
        assert time.monotonic() < deadline, f"{file} does not come to '{last}'"
        time.sleep(0.05)


def escaped(content: bytes) -> str:
    """As strace -xx writes it."""
    return "".join(f"\\x{byte:02x}" for byte in content)


class Trace:
    """The finished system calls of a process, in the order in which they ended."""

    def __init__(self, text: str) -> None:
        self.calls: list[str] = []
        begun: dict[str, str] = {}
        for line in text.splitlines():
            thread, _, call = line.partition(" ")
            call = call.strip()
            if call.endswith("<unfinished ...>"):
                begun[thread] = call.removesuffix("<unfinished ...>")
            elif resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
                self.calls.append(begun.pop(thread) + resumed[1])
            else:
                self.calls.append(call)

    def first(self, names: str, target: str, content: bytes, after: int = -1) -> int:
        """Where the first of these calls on `target` with `content` stands."""
        pattern = re.compile(rf"(?:{names})\(\d+<([^>]*)>")
        for index, call in enumerate(self.calls):
            begin = pattern.match(call)
            if index > after and begin and escaped(target.encode()) in begin[1]:
                if escaped(content) in call:
                    return index
        raise AssertionError(f"no {names} of {content.hex()} on {target}")


def traced(log: Path) -> tuple[str, ...]:
    """What to start a daemon under, so that its system calls are written to `log`."""
    # -D: the tracer is the grandchild, so that the process started here is the daemon.
    tracer = ("strace", "-D", "-f", "-y", "-xx", "-s", "65536", "-e", f"trace={SYSTEM_CALLS}")
    return (*tracer, "-o", str(log))


def trace_of(sidecar: SidecarProcess, log: Path) -> Trace:
    """The system calls of a traced daemon, which is ended for it."""
    assert sidecar.terminate() == 0
    return Trace(complete_text(log, f"{sidecar.process_id} +++ exited with 0 +++"))


def test_the_guard_is_synced_before_the_certificate_is_sent(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "trace"
    sidecar = start("--data-dir", str(tmp_path / "data"), under=traced(log))
    certificates = [sidecar.client.certify(payment) for payment in payments(5)]

    trace = trace_of(sidecar, log)
    for certificate in certificates:
        written = trace.first("pwrite64", "sqlite-wal", certificate.tx_hash)
        synced = trace.first("fdatasync|fsync", "sqlite-wal", b"", after=written)
        sent = trace.first("write|writev|sendto|sendmsg", "socket", certificate.signature)
        assert written < synced < sent


def test_what_a_quorum_certified_is_synced_once_before_it_is_confirmed(
    start: Start, tmp_path: Path
) -> None:
    log = tmp_path / "trace"
    sidecar = start("--data-dir", str(tmp_path / "data"), under=traced(log))
    qc = forge_quorum_certificate(payments(1)[0], DAVE, threshold=1)
    first, again = (sidecar.client.teach(qc) for _ in range(2))
    assert first == again

    trace = trace_of(sidecar, log)
    answer = ("write|writev|sendto|sendmsg", "socket", qc.qc_hash)
    written = trace.first("pwrite64", "sqlite-wal", qc.qc_hash)
    synced = trace.first("fdatasync|fsync", "sqlite-wal", b"", after=written)
    sent = trace.first(*answer)
    assert written < synced < sent
    # What is known already is answered without the disk.
    sent_again = trace.first(*answer, after=sent)
    between = trace.calls[sent:sent_again]
    assert not [call for call in between if escaped(b"sqlite") in call]


def test_a_store_that_cannot_grow_signs_nothing_until_it_can(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    sidecar = start("--data-dir", str(data))
    before, *others = payments(3)
    certificate = sidecar.client.certify(before)

    size = max(file.stat().st_size for file in data.iterdir())
    _, hard = resource.prlimit(sidecar.process_id, resource.RLIMIT_FSIZE)
    resource.prlimit(sidecar.process_id, resource.RLIMIT_FSIZE, (size, hard))
    for payment in others:
        message = sidecar.client.refuse(payment.message(), pb.TEMPORARY_UNAVAILABLE)
        assert message == "the store cannot be written"
    # What is on disk is still served, and what is not on disk is nowhere.
    assert sidecar.client.certify(before) == certificate
    assert list(sidecar.client.board().certs) == [certificate]

    resource.prlimit(sidecar.process_id, resource.RLIMIT_FSIZE, (hard, hard))
    later = [sidecar.client.certify(payment) for payment in others]
    sidecar.kill()
    again = start("--data-dir", str(data))
    assert [again.client.certify(payment) for payment in others] == later


def test_a_store_that_was_stopped_in_good_order_is_one_file(
    start: Start, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    sidecar = start("--data-dir", str(data))
    payment = payments(1)[0]
    certificate = sidecar.client.certify(payment)
    assert sidecar.terminate() == 0
    assert sum(file.stat().st_size for file in data.glob("allegro.sqlite-wal")) == 0
    for file in data.glob("allegro.sqlite-*"):
        file.unlink()
    assert start("--data-dir", str(data)).client.certify(payment) == certificate


def test_a_corrupted_store_signs_nothing(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    sidecar = start("--data-dir", str(data))
    sidecar.client.certify(payments(1)[0])
    assert sidecar.terminate() == 0
    file = data / "allegro.sqlite"
    content = bytearray(file.read_bytes())
    for offset in range(4096, len(content)):
        content[offset] ^= 0xA5
    file.write_bytes(content)

    ended = run_to_end(flags(DAVE, free_ports(1)[0], [], "--data-dir", str(data)))
    assert ended.returncode == 78
    *_, line = ended.stderr.splitlines()
    assert "corrupted" in line
