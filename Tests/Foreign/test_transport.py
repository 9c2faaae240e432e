"""What the call layer answers: statuses, limits, deadlines and streams."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
import sidecar_pb2 as sidecar
import types_pb2 as pb

from allegro_foreign.client import CALL_TIMEOUT_SECONDS, SERVICE, status_of
from allegro_foreign.demo import ALICE, BLOCK_HEIGHT, BOB, CAROL
from allegro_foreign.payments import Kind, Payment, envelope_hash
from allegro_foreign.process import Pair

SUBMIT = f"/{SERVICE}/SubmitFastPay"
UNARY_METHODS = [
    "SubmitFastPay",
    "ConfirmFastPay",
    "GetBulletinBoard",
    "GetAccount",
    "GetValidatorInfo",
    "GetChainHead",
]


@pytest.mark.parametrize("method", UNARY_METHODS)
def test_bytes_that_are_no_message_are_an_invalid_argument(shared_pair: Pair, method: str) -> None:
    for garbage in (b"\x0a\xff", b"\x00", b"\x0b", b"\xff" * 11):
        code, details = status_of(shared_pair.dave.raw, f"/{SERVICE}/{method}", garbage)
        assert code == grpc.StatusCode.INVALID_ARGUMENT
        assert details


def test_a_message_of_5_mib_is_refused(shared_pair: Pair) -> None:
    code, _ = status_of(shared_pair.dave.raw, SUBMIT, bytes(5 * 1024 * 1024))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert shared_pair.dave.info().validator.name == "Dave"


@pytest.mark.parametrize(
    "path",
    [
        f"/{SERVICE}/Unknown",
        "/tempo.fastpay.v1.Unknown/SubmitFastPay",
        "/SubmitFastPay",
        f"/{SERVICE}/submitfastpay",
    ],
)
def test_an_unknown_method_is_unimplemented(shared_pair: Pair, path: str) -> None:
    code, _ = status_of(shared_pair.dave.raw, path, b"")
    assert code == grpc.StatusCode.UNIMPLEMENTED


def test_a_compressed_message_is_unimplemented(shared_pair: Pair) -> None:
    request = sidecar.SubmitFastPayRequest(
        # Long and uniform, so that the client does compress it.
        tx=pb.FastPayTx(tempo_tx=pb.TempoTxBytes(data=bytes(50_000)))
    )
    code, _ = status_of(
        shared_pair.dave.stub.SubmitFastPay,
        request,
        timeout=5,
        compression=grpc.Compression.Gzip,
    )
    assert code == grpc.StatusCode.UNIMPLEMENTED


def test_a_deadline_ends_a_call_that_waits(pair: Pair) -> None:
    # Sequence 1 waits for a quorum for sequence 0, which only one validator has signed.
    payment = Payment(ALICE, BOB.address, 1)
    pair.dave.certify(payment)
    request = sidecar.SubmitFastPayRequest(tx=payment.but(sequence=1).message())
    # Written by hand, because grpcio's own deadline has a timer in the client as well: here only
    # the server can end the call in time.
    call = pair.dave.stub.SubmitFastPay.future(request, metadata=[("grpc-timeout", "50m")])
    error = call.exception(timeout=CALL_TIMEOUT_SECONDS)
    assert isinstance(error, grpc.RpcError)
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_many_calls_at_once_are_all_answered(shared_pair: Pair) -> None:
    with ThreadPoolExecutor(max_workers=32) as pool:
        heads = list(pool.map(lambda _: shared_pair.dave.head(), range(500)))
    assert {head.block_height for head in heads} == {BLOCK_HEIGHT}
    assert {len(head.block_hash) for head in heads} == {32}


# Streams.


def _request(payment: Payment) -> sidecar.SubmitFastPayRequest:
    return sidecar.SubmitFastPayRequest(tx=payment.message())


def _payments(count: int) -> list[Payment]:
    return [
        Payment(ALICE, BOB.address, 1, kind=Kind.NATIVE, key=bytes([index + 1]) * 32)
        for index in range(count)
    ]


def test_a_stream_of_one_payment_is_answered_with_its_certificate(pair: Pair) -> None:
    payment = Payment(ALICE, BOB.address, 10)
    events = pair.dave.stream(iter([_request(payment)]))
    certificates = [event.cert for event in events if event.WhichOneof("event") == "cert"]
    # The certificate is the one that the unary call gives.
    assert certificates == [pair.dave.certify(payment)]
    stages = [event.lifecycle for event in events if event.WhichOneof("event") == "lifecycle"]
    assert {stage.tx_hash for stage in stages} <= {certificates[0].tx_hash}
    assert not [event for event in events if event.WhichOneof("event") == "reject"]


def test_one_stream_carries_many_payments(pair: Pair) -> None:
    payments = _payments(8)
    events = pair.dave.stream(iter([_request(payment) for payment in payments]))
    certified = [event.cert.tx_hash for event in events if event.WhichOneof("event") == "cert"]
    assert sorted(certified) == sorted(envelope_hash(each.message()) for each in payments)


def test_a_refusal_does_not_end_a_stream(pair: Pair) -> None:
    good = _payments(2)
    broken = _request(Payment(ALICE, BOB.address, 1))
    broken.tx.ClearField("nonce")
    too_much = _request(Payment(BOB, CAROL.address, 100))
    events = pair.dave.stream(iter([_request(good[0]), broken, too_much, _request(good[1])]))
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds.count("cert") == 2
    rejected = [event.reject.code for event in events if event.WhichOneof("event") == "reject"]
    assert sorted(rejected) == sorted([pb.INVALID_FORMAT, pb.INSUFFICIENT_FUNDS])


def test_a_stream_is_answered_while_it_is_open(pair: Pair) -> None:
    payments = _payments(3)
    received: list[bytes] = []

    def requests() -> Iterator[sidecar.SubmitFastPayRequest]:
        for index, payment in enumerate(payments):
            deadline = time.monotonic() + 5
            while len(received) < index and time.monotonic() < deadline:
                time.sleep(0.01)
            yield _request(payment)

    for event in pair.dave.stub.SubmitFastPayStream(requests(), timeout=20):
        if event.WhichOneof("event") == "cert":
            received.append(event.cert.tx_hash)
    # Each was sent only after the one before was answered.
    assert received == [envelope_hash(payment.message()) for payment in payments]


def test_bytes_that_are_no_message_end_a_stream(shared_pair: Pair) -> None:
    call = shared_pair.dave.channel.stream_stream(
        f"/{SERVICE}/SubmitFastPayStream",
        request_serializer=None,
        response_deserializer=None,
    )
    code, _ = status_of(lambda: list(call(iter([b"\x0a\xff"]), timeout=5)))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
