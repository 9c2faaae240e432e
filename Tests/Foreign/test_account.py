"""What a validator says of an account."""

import json
from pathlib import Path

import grpc
import pytest
import sidecar_pb2 as sidecar
import types_pb2 as pb

from allegro_foreign.certificates import forge_quorum_certificate
from allegro_foreign.client import SERVICE, Client, status_of
from allegro_foreign.demo import ALICE, ASSET, BOB, CAROL, DAVE, DEMO_NONCE_KEY, EDGAR
from allegro_foreign.payments import Kind, Payment, envelope_hash
from allegro_foreign.process import Pair
from conftest import Start

GET_ACCOUNT = f"/{SERVICE}/GetAccount"
ACCEPTED = pb.TxLifecycleUpdate.ACCEPTED
CERTIFIED = pb.TxLifecycleUpdate.CERTIFIED
TO_BOB = Payment(ALICE, BOB.address, 10)


def _balance(client: Client, address: bytes) -> tuple[int, int, int, int]:
    """Base, credits, debits and what is available of the demo's token."""
    (balance,) = client.account(address).balances
    assert balance.asset.data == ASSET
    fields = (balance.base_be, balance.credits_be, balance.debits_be, balance.available_be)
    assert [len(field) for field in fields] == [16] * 4
    base, credits, debits, available = (int.from_bytes(field, "big") for field in fields)
    return base, credits, debits, available


def test_a_fresh_account_has_what_the_chain_says(shared_pair: Pair) -> None:
    account = shared_pair.dave.account(ALICE.address)
    assert _balance(shared_pair.dave, ALICE.address) == (15, 0, 0, 15)
    assert account.nonces == []
    assert account.payments == []
    assert account.next_cursor == ""


def test_an_account_that_nobody_knows_is_empty(shared_pair: Pair) -> None:
    answer = shared_pair.dave.account(b"\x99" * 20)
    assert answer == sidecar.GetAccountResponse()


def test_a_key_is_answered_before_its_first_payment(shared_pair: Pair) -> None:
    answer = shared_pair.dave.account(ALICE.address, nonce_key_be=b"\x08" * 32)
    assert answer.nonces == [sidecar.AccountNonce(nonce_key_be=b"\x08" * 32)]


@pytest.mark.parametrize("kind", [Kind.EIP1559, Kind.NATIVE])
def test_a_payment_is_followed_from_its_certificate_to_its_quorum(pair: Pair, kind: Kind) -> None:
    payment = TO_BOB.but(kind=kind)
    certificate = pair.dave.certify(payment)
    assert _balance(pair.dave, ALICE.address) == (15, 0, 10, 5)
    assert _balance(pair.dave, BOB.address) == (5, 0, 0, 5)
    key = {"nonce_key_be": payment.nonce_key}
    accepted = pair.dave.account(ALICE.address, **key)
    assert accepted.nonces == [
        sidecar.AccountNonce(
            nonce_key_be=payment.nonce_key, next_nonce_seq=1, confirmed_nonce_seq=0
        )
    ]
    shown = sidecar.UnsettledPayment(
        tx_hash=envelope_hash(payment.message()),
        effects=payment.effects.message(),
        stage=ACCEPTED,
        created_unix_millis=certificate.created_unix_millis,
    )
    assert accepted.payments == [shown]

    qc = forge_quorum_certificate(payment, DAVE, EDGAR)
    pair.dave.teach(qc)
    certified = pair.dave.account(ALICE.address, **key)
    assert certified.nonces[0].confirmed_nonce_seq == 1
    shown.stage = CERTIFIED
    shown.qc_hash = qc.qc_hash
    assert certified.payments == [shown]
    assert _balance(pair.dave, BOB.address) == (5, 10, 0, 15)
    # Receiving is in the balance, not among what Bob sends.
    assert pair.dave.account(BOB.address).payments == []


def test_a_payment_known_by_its_quorum_only_has_no_time(pair: Pair) -> None:
    pair.dave.teach(forge_quorum_certificate(TO_BOB, DAVE, EDGAR))
    (shown,) = pair.dave.account(ALICE.address).payments
    assert shown.stage == CERTIFIED
    assert shown.created_unix_millis == 0


def test_of_rivals_the_confirmed_one_is_shown(pair: Pair) -> None:
    pair.dave.certify(TO_BOB)
    won = TO_BOB.but(recipient=CAROL.address, amount=4)
    pair.dave.teach(forge_quorum_certificate(won, DAVE, EDGAR))
    (shown,) = pair.dave.account(ALICE.address).payments
    assert shown.effects == won.effects.message()
    assert shown.created_unix_millis == 0
    assert _balance(pair.dave, ALICE.address) == (15, 0, 4, 11)
    assert _balance(pair.dave, CAROL.address) == (5, 4, 0, 9)


def test_the_next_sequence_and_what_is_available_are_what_is_certified(pair: Pair) -> None:
    for amount in (4, 6):
        account = pair.dave.account(ALICE.address, nonce_key_be=DEMO_NONCE_KEY)
        payment = TO_BOB.but(amount=amount, sequence=account.nonces[0].next_nonce_seq)
        pair.dave.certify(payment)
        pair.dave.teach(forge_quorum_certificate(payment, DAVE, EDGAR))
    available = _balance(pair.dave, ALICE.address)[3]
    last = TO_BOB.but(amount=available, sequence=2)
    pair.dave.refuse(last.but(amount=available + 1).message(), pb.INSUFFICIENT_FUNDS)
    pair.dave.certify(last)


def _pay(client: Client, keys: int, each: int) -> list[Payment]:
    payments = [
        Payment(ALICE, BOB.address, 1, sequence, Kind.NATIVE, bytes([key]) * 32)
        for key in range(1, keys + 1)
        for sequence in range(each)
    ]
    # Backwards, so that the order of the answers is no accident.
    for payment in reversed(payments):
        client.teach(forge_quorum_certificate(payment, DAVE, threshold=1))
    return payments


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 9, 100, 4_000_000_000])
def test_paging_reaches_every_payment_once(start: Start, limit: int) -> None:
    client = start().client
    payments = _pay(client, keys=3, each=3)
    pages = client.account_pages(ALICE.address, limit=limit)
    shown = [each for page in pages for each in page.payments]
    assert [each.effects for each in shown] == [each.effects.message() for each in payments]
    nonces = [each for page in pages for each in page.nonces]
    assert [each.nonce_key_be for each in nonces] == [bytes([key]) * 32 for key in (1, 2, 3)]
    assert {(each.next_nonce_seq, each.confirmed_nonce_seq) for each in nonces} == {(3, 3)}
    assert len([each for page in pages for each in page.balances]) == 1
    assert max(len(page.payments) for page in pages) <= limit
    assert max(len(page.nonces) for page in pages) <= limit
    of_two = client.account_pages(ALICE.address, limit=limit, nonce_key_be=b"\x02" * 32)
    assert [each.effects.nonce.nonce_seq for page in of_two for each in page.payments] == [0, 1, 2]
    assert [each.nonce_key_be for page in of_two for each in page.nonces] == [b"\x02" * 32]


def test_the_servers_own_limit_always_holds(start: Start) -> None:
    client = start("--max-bulletin-board-response", "4").client
    payments = _pay(client, keys=9, each=1)
    for limit in (0, 5, 4_000_000_000):
        page = client.account(ALICE.address, limit=limit)
        assert len(page.payments) == len(page.nonces) == 4
        pages = client.account_pages(ALICE.address, limit=limit)
        assert len([each for page in pages for each in page.payments]) == len(payments)


def test_payments_that_come_between_two_pages_are_not_skipped(start: Start) -> None:
    client = start().client
    _pay(client, keys=2, each=1)
    cursor = client.account(ALICE.address, limit=1).next_cursor
    later = Payment(ALICE, BOB.address, 1, 1, Kind.NATIVE, b"\x01" * 32)
    client.teach(forge_quorum_certificate(later, DAVE, threshold=1))
    (first, second) = client.account(ALICE.address, cursor=cursor).payments
    assert first.effects == later.effects.message()
    assert second.effects.nonce.nonce_key_be == b"\x02" * 32


def test_a_broken_question_is_an_invalid_argument(shared_pair: Pair) -> None:
    address = pb.Address(data=ALICE.address)
    stub = shared_pair.dave.stub
    for field, request in {
        "address": sidecar.GetAccountRequest(),
        "address.data": sidecar.GetAccountRequest(address=pb.Address(data=bytes(32))),
        "nonce_key_be": sidecar.GetAccountRequest(address=address, nonce_key_be=bytes(31)),
        "cursor": sidecar.GetAccountRequest(address=address, cursor="not one of ours"),
        "cursor: 5000": sidecar.GetAccountRequest(address=address, cursor="0" * 5000),
    }.items():
        code, details = status_of(stub.GetAccount, request, timeout=5)
        assert code == grpc.StatusCode.INVALID_ARGUMENT
        assert details.startswith(field)


def test_a_cursor_of_the_board_is_none_of_an_account(shared_pair: Pair) -> None:
    cursor = shared_pair.dave.board().next_cursor
    code, details = status_of(shared_pair.dave.account, ALICE.address, cursor=cursor)
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert "cursor" in details


def test_a_truncated_question_is_refused_or_answered(shared_pair: Pair) -> None:
    whole = sidecar.GetAccountRequest(
        address=pb.Address(data=ALICE.address), nonce_key_be=DEMO_NONCE_KEY, limit=300
    ).SerializeToString()
    for count in range(len(whole)):
        try:
            answer = shared_pair.dave.raw(GET_ACCOUNT, whole[:count])
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, count
            continue
        # The address was whole, and what followed was left out as a whole.
        assert count in (24, 58), count
        sidecar.GetAccountResponse.FromString(answer)
    # Given twice, the last one counts.
    sidecar.GetAccountResponse.FromString(shared_pair.dave.raw(GET_ACCOUNT, whole * 2))


def test_balances_have_128_bits(start: Start, tmp_path: Path) -> None:
    greatest = 2**128 - 1
    file = tmp_path / "base-state.json"
    state = {
        "balances": [
            {"account": ALICE.address.hex(), "asset": ASSET.hex(), "amount": str(greatest)}
        ]
    }
    file.write_text(json.dumps(state))
    client = start("--base-state", str(file)).client
    client.certify(TO_BOB)
    assert _balance(client, ALICE.address) == (greatest, 0, 10, greatest - 10)


def test_an_account_is_the_same_after_a_restart(start: Start, tmp_path: Path) -> None:
    directory = ("--data-dir", str(tmp_path / "data"))
    first = start(*directory)
    first.client.certify(TO_BOB)
    for key in (1, 2):
        for sequence in (0, 1):
            payment = Payment(ALICE, BOB.address, 1, sequence, Kind.NATIVE, bytes([key]) * 32)
            first.client.certify(payment)
            first.client.teach(forge_quorum_certificate(payment, DAVE, threshold=1))
    before = [first.client.account(each.address) for each in (ALICE, BOB, CAROL)]
    cursor = first.client.account(ALICE.address, limit=1).next_cursor
    rest = first.client.account(ALICE.address, cursor=cursor)
    assert len(before[0].payments) == 5
    assert first.terminate() == 0

    second = start(*directory)
    assert [second.client.account(each.address) for each in (ALICE, BOB, CAROL)] == before
    assert second.client.account(ALICE.address, cursor=cursor) == rest
