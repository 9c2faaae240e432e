"""Calls of one sidecar through grpcio."""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import sidecar_pb2 as sidecar
import sidecar_pb2_grpc as sidecar_grpc
import types_pb2 as pb

from allegro_foreign.canonical import Expiry
from allegro_foreign.certificates import verify_certificate
from allegro_foreign.demo import Validator
from allegro_foreign.payments import LATER, Payment

CALL_TIMEOUT_SECONDS = 10
# A daemon that is starting is asked until it listens; grpcio's own pause is a second.
RECONNECT_OPTIONS = [
    (f"grpc.{name}_reconnect_backoff_ms", millis)
    for name, millis in (("initial", 20), ("min", 20), ("max", 200))
]
SERVICE = "tempo.fastpay.v1.FastPaySidecar"


class Client:
    """One connection to a sidecar."""

    def __init__(self, address: str, validator: Validator) -> None:
        self.validator = validator
        self.channel = grpc.insecure_channel(address, options=RECONNECT_OPTIONS)
        self.stub = sidecar_grpc.FastPaySidecarStub(self.channel)

    def close(self) -> None:
        self.channel.close()

    # Certifying.

    def submit(
        self, tx: pb.FastPayTx, parents: list[pb.QuorumCertificate] | None = None
    ) -> sidecar.SubmitFastPayResponse:
        request = sidecar.SubmitFastPayRequest(tx=tx, parent_qcs=parents or [])
        return self.stub.SubmitFastPay(request, timeout=CALL_TIMEOUT_SECONDS)

    def certify(
        self,
        payment: Payment,
        expiry: Expiry = LATER,
        parents: list[pb.QuorumCertificate] | None = None,
        parent_qc_hash: bytes = b"",
        client_request_id: str = "",
    ) -> pb.ValidatorCertificate:
        """Submits a payment that must be certified, and verifies the certificate."""
        tx = payment.message(expiry, parent_qc_hash, client_request_id)
        answer = self.submit(tx, parents)
        assert answer.WhichOneof("result") == "cert", answer
        verify_certificate(answer.cert, payment, tx, self.validator)
        return answer.cert

    def refuse(
        self,
        tx: pb.FastPayTx,
        code: int,
        parents: list[pb.QuorumCertificate] | None = None,
    ) -> str:
        """Submits what must be refused with `code`, and gives the message."""
        answer = self.submit(tx, parents)
        assert answer.WhichOneof("result") == "reject", answer
        expected = pb.RejectCode.Name(code)
        assert pb.RejectCode.Name(answer.reject.code) == expected, answer.reject.message
        assert answer.reject.message
        return str(answer.reject.message)

    def stream(
        self, requests: Iterator[sidecar.SubmitFastPayRequest]
    ) -> list[sidecar.SubmitFastPayEvent]:
        """Every event that a stream of requests is answered with."""
        return list(self.stub.SubmitFastPayStream(requests, timeout=CALL_TIMEOUT_SECONDS))

    def confirm(self, qc: pb.QuorumCertificate) -> sidecar.ConfirmFastPayResponse:
        request = sidecar.ConfirmFastPayRequest(qc=qc)
        return self.stub.ConfirmFastPay(request, timeout=CALL_TIMEOUT_SECONDS)

    def teach(self, qc: pb.QuorumCertificate) -> sidecar.ConfirmedPayment:
        """Presents a quorum certificate that must be taken."""
        answer = self.confirm(qc)
        assert answer.WhichOneof("result") == "confirmed", answer
        assert answer.confirmed.stage == pb.TxLifecycleUpdate.CERTIFIED
        return answer.confirmed

    def refuse_to_learn(self, qc: pb.QuorumCertificate, code: int) -> str:
        """Presents a quorum certificate that must be refused with `code`, and gives the message."""
        answer = self.confirm(qc)
        assert answer.WhichOneof("result") == "reject", answer
        expected = pb.RejectCode.Name(code)
        assert pb.RejectCode.Name(answer.reject.code) == expected, answer.reject.message
        return str(answer.reject.message)

    # Reading.

    def account(self, address: bytes, **fields: Any) -> sidecar.GetAccountResponse:
        request = sidecar.GetAccountRequest(address=pb.Address(data=address), **fields)
        return self.stub.GetAccount(request, timeout=CALL_TIMEOUT_SECONDS)

    def account_pages(self, address: bytes, **fields: Any) -> list[sidecar.GetAccountResponse]:
        """Every page of an account."""
        pages = [self.account(address, **fields)]
        while pages[-1].next_cursor:
            pages.append(self.account(address, cursor=pages[-1].next_cursor, **fields))
        return pages

    def board(self, **fields: Any) -> sidecar.GetBulletinBoardResponse:
        request = sidecar.GetBulletinBoardRequest(**fields)
        return self.stub.GetBulletinBoard(request, timeout=CALL_TIMEOUT_SECONDS)

    def pages(self, **fields: Any) -> Iterator[list[pb.ValidatorCertificate]]:
        """The pages of the bulletin board from the beginning, until one is empty."""
        cursor = ""
        while True:
            page = self.board(cursor=cursor, **fields)
            if not page.certs:
                return
            yield list(page.certs)
            cursor = page.next_cursor

    def info(self) -> sidecar.GetValidatorInfoResponse:
        return self.stub.GetValidatorInfo(
            sidecar.GetValidatorInfoRequest(), timeout=CALL_TIMEOUT_SECONDS
        )

    def head(self) -> sidecar.GetChainHeadResponse:
        return self.stub.GetChainHead(sidecar.GetChainHeadRequest(), timeout=CALL_TIMEOUT_SECONDS)

    # Below the messages.

    def raw(self, path: str, request: bytes, **options: Any) -> bytes:
        """A unary call of any path with any bytes."""
        call = self.channel.unary_unary(
            path, request_serializer=_unchanged, response_deserializer=_unchanged
        )
        return bytes(call(request, **{"timeout": CALL_TIMEOUT_SECONDS, **options}))


def _unchanged(data: bytes) -> bytes:
    return data


def status_of(call: Callable[..., object], *arguments: Any, **options: Any) -> tuple[Any, str]:
    """The status and its message that a call fails with."""
    try:
        answer = call(*arguments, **options)
    except grpc.RpcError as error:
        return error.code(), error.details() or ""
    raise AssertionError(f"the call was answered: {answer!r}")
