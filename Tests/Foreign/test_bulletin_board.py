"""What a sidecar shows of the certificates that it holds, and how gossip brings them."""

import time
from collections.abc import Callable

import grpc
import pytest
import types_pb2 as pb

from allegro_foreign.certificates import verify_signature
from allegro_foreign.client import Client, status_of
from allegro_foreign.demo import ALICE, BOB, CAROL, DAVE, EDGAR
from allegro_foreign.payments import Kind, Payment
from allegro_foreign.process import Pair
from conftest import Start

GOSSIP_SECONDS_MAX = 10


def _pay(client: Client, count: int, first: int = 0) -> list[pb.ValidatorCertificate]:
    """That many payments of one unit, each under a nonce key of its own."""
    return [
        client.certify(
            Payment(
                ALICE,
                (BOB if index % 3 else CAROL).address,
                1,
                kind=Kind.NATIVE,
                key=bytes([index + 1]) * 32,
            )
        )
        for index in range(first, first + count)
    ]


def _eventually(condition: Callable[[Client], bool], client: Client) -> None:
    deadline = time.monotonic() + GOSSIP_SECONDS_MAX
    while not condition(client):
        assert time.monotonic() < deadline, "gossip did not bring it"
        time.sleep(0.05)


def test_the_board_shows_what_was_certified_in_its_order(start: Start) -> None:
    client = start().client
    assert list(client.board().certs) == []
    certificates = _pay(client, 9)
    assert list(client.board().certs) == certificates


def test_the_board_is_filtered(start: Start) -> None:
    client = start().client
    certificates = _pay(client, 9)
    for certificate in certificates:
        assert list(client.board(tx_hash=certificate.tx_hash).certs) == [certificate]
    assert list(client.board(tx_hash=b"\x01" * 32).certs) == []
    assert list(client.board(address=pb.Address(data=ALICE.address)).certs) == certificates
    to_carol = [each for each in certificates if each.effects.recipient.data == CAROL.address]
    assert len(to_carol) == 3
    assert list(client.board(address=pb.Address(data=CAROL.address)).certs) == to_carol
    assert list(client.board(address=pb.Address(data=b"\x01" * 20)).certs) == []


def test_the_board_is_shown_since_a_time(start: Start) -> None:
    client = start().client
    certificates = _pay(client, 2)
    time.sleep(0.05)
    certificates += _pay(client, 2, first=2)
    since = certificates[2].created_unix_millis
    assert certificates[1].created_unix_millis < since
    assert list(client.board(since_unix_millis=since).certs) == certificates[2:]
    assert list(client.board(since_unix_millis=since + 60_000).certs) == []


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 9, 100])
def test_paging_reaches_every_certificate_once(start: Start, limit: int) -> None:
    client = start().client
    certificates = _pay(client, 9)
    pages = list(client.pages(limit=limit))
    assert [each for page in pages for each in page] == certificates
    assert max(len(page) for page in pages) <= limit
    to_bob = {"address": pb.Address(data=BOB.address)}
    paged = [each for page in client.pages(limit=limit, **to_bob) for each in page]
    assert paged == [each for each in certificates if each.effects.recipient.data == BOB.address]


def test_a_cursor_goes_on_to_certificates_that_came_later(start: Start) -> None:
    client = start().client
    _pay(client, 3)
    page = client.board()
    assert list(client.board(cursor=page.next_cursor).certs) == []
    later = _pay(client, 2, first=3)
    assert list(client.board(cursor=page.next_cursor).certs) == later
    # Though an empty page gives a cursor, too, it skips nothing.
    empty = client.board(cursor=client.board(cursor=page.next_cursor).next_cursor)
    assert list(empty.certs) == []
    newest = _pay(client, 1, first=5)
    assert list(client.board(cursor=empty.next_cursor).certs) == newest


def test_the_servers_own_limit_always_holds(start: Start) -> None:
    client = start("--max-bulletin-board-response", "4").client
    certificates = _pay(client, 9)
    for limit in (0, 5, 4_000_000_000):
        assert list(client.board(limit=limit).certs) == certificates[:4]
    assert [each for page in client.pages() for each in page] == certificates


def test_a_broken_question_is_an_invalid_argument(shared_pair: Pair) -> None:
    for field, question in {
        "tx_hash": {"tx_hash": b"\x01" * 31},
        "address": {"address": pb.Address(data=b"\x01" * 32)},
        "cursor": {"cursor": "not one of ours"},
    }.items():
        code, details = status_of(shared_pair.dave.board, **question)
        assert code == grpc.StatusCode.INVALID_ARGUMENT
        assert field in details


def test_a_validator_introduces_itself_and_its_peers(shared_pair: Pair) -> None:
    for client, validator in ((shared_pair.dave, DAVE), (shared_pair.edgar, EDGAR)):
        info = client.info()
        assert info.validator.name == validator.name
        assert info.validator.id == validator.id
        assert info.validator.pubkey == validator.public_key
        assert len(info.gossip_peers) == 1
        assert info.gossip_peers[0].startswith("http://127.0.0.1:")


def _place(certificate: pb.ValidatorCertificate) -> tuple[bytes, bytes]:
    return certificate.signer.id, certificate.tx_hash


def test_gossip_brings_the_peers_certificates(pair: Pair) -> None:
    by_dave = _pay(pair.dave, 6)
    by_edgar = _pay(pair.edgar, 5, first=8)
    for client in (pair.dave, pair.edgar):
        _eventually(lambda each: len(each.board().certs) == 11, client)
        for certificate in client.board().certs:
            signer = DAVE if certificate.signer.id == DAVE.id else EDGAR
            verify_signature(certificate, signer)
    for client in (pair.dave, pair.edgar):
        shown = sorted(client.board().certs, key=_place)
        assert shown == sorted([*by_dave, *by_edgar], key=_place)


def test_a_quorum_that_gossip_completes_gives_credit(pair: Pair) -> None:
    pair.certify(Payment(ALICE, BOB.address, 10))
    # Nobody presents the quorum certificate: each validator finds it by itself.
    spend = Payment(BOB, CAROL.address, 15)

    def is_certified(client: Client) -> bool:
        answer = client.submit(spend.message())
        if answer.WhichOneof("result") == "cert":
            return True
        assert answer.reject.code == pb.INSUFFICIENT_FUNDS, answer
        return False

    for client in (pair.dave, pair.edgar):
        _eventually(is_certified, client)
