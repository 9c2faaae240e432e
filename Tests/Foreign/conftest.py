"""Compiles the protocol's messages and starts the daemons that the tests talk to."""

import atexit
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
PROTOS = HERE.parent.parent / "Protos"


def _compile_protos() -> None:
    """Makes `types_pb2` and its like importable, from the sources and never from a stale copy."""
    output = tempfile.mkdtemp(prefix="allegro-protos-")
    atexit.register(shutil.rmtree, output, ignore_errors=True)
    well_known = resources.files("grpc_tools") / "_proto"
    code = protoc.main(
        [
            "protoc",
            f"-I{PROTOS}",
            f"-I{well_known}",
            f"--python_out={output}",
            f"--grpc_python_out={output}",
            *sorted(path.name for path in PROTOS.glob("*.proto")),
        ]
    )
    if code != 0:
        raise RuntimeError(f"protoc ended with {code}")
    sys.path.insert(0, output)


_compile_protos()

from allegro_foreign.demo import DAVE, Validator  # noqa: E402
from allegro_foreign.process import Pair, SidecarProcess, binary, free_ports, stop_all  # noqa: E402


@pytest.fixture(scope="session")
def daemon() -> Path:
    """The daemon's path, which must be there: a test that cannot run is a failure."""
    path = binary()
    assert path.is_file(), f"{path} is missing: build it, or set ALLEGRO_SIDECAR"
    return path


@pytest.fixture
def pair(daemon: Path) -> Iterator[Pair]:
    """Two fresh validators."""
    pair = Pair()
    try:
        pair.wait_until_ready()
        yield pair
    finally:
        pair.stop()


@pytest.fixture(scope="module")
def shared_pair(daemon: Path) -> Iterator[Pair]:
    """Two validators for tests whose every request is refused, so that none sees another."""
    pair = Pair()
    try:
        pair.wait_until_ready()
        yield pair
    finally:
        pair.stop()


Start = Callable[..., SidecarProcess]


@pytest.fixture
def start(daemon: Path) -> Iterator[Start]:
    """Starts a validator that is alone: `start(*flags, validator=DAVE, under=(...))`.

    With `environment`, these variables are set for it.
    """
    processes: list[SidecarProcess] = []

    def start_one(
        *more: str,
        validator: Validator = DAVE,
        under: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
    ) -> SidecarProcess:
        process = SidecarProcess(
            validator, free_ports(1)[0], [], *more, under=under, environment=environment
        )
        processes.append(process)
        process.wait_until_ready()
        return process

    try:
        yield start_one
    finally:
        stop_all(processes)
