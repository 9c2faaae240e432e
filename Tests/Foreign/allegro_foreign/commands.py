"""The daemon's program called as a command that works on a store and ends."""

import re
from pathlib import Path

from allegro_foreign.process import run_to_end

EX_USAGE = 64
EX_CONFIG = 78


def run_command(*arguments: str | Path) -> list[str]:
    """Runs a command that must succeed without a word on standard error; gives its lines."""
    ended = run_to_end([str(argument) for argument in arguments])
    assert ended.returncode == 0, ended
    assert ended.stderr == ""
    return ended.stdout.splitlines()


def reclaim_code(line: str) -> str:
    """The code that a refusal says to name."""
    found = re.search(r"--reclaim-key ([0-9a-f]{8})\b", line)
    assert found, line
    return found[1]


def refuse_command(code: int, *arguments: str | Path) -> str:
    """Runs a command, or a daemon, that must end with `code` and one line; gives the line."""
    ended = run_to_end([str(argument) for argument in arguments])
    assert ended.returncode == code, ended
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("allegro-sidecar: ")
    assert ended.stdout == ""
    return lines[0]
