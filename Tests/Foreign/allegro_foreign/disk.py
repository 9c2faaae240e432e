"""Small file systems, to fill up and to write-protect."""

import errno
import mmap
import os
import subprocess
from pathlib import Path
from types import TracebackType


class Disk:
    """A file system in memory that its processes see and nobody else does.

    It is mounted in a namespace of its own, so it needs no rights that a container takes away, and
    is gone when its last process is, even if the tests are killed.
    """

    def __init__(self, mount_point: Path, kibibytes: int) -> None:
        mount_point.mkdir()
        self.mount_point = mount_point
        is_root = os.geteuid() == 0
        script = 'mount -t tmpfs -o "size=$1k,mode=700" tmpfs "$2" && echo mounted && exec cat'
        self._holder = subprocess.Popen(
            [
                *("unshare", "--mount", *(() if is_root else ("--map-root-user",))),
                *("sh", "-c", script, "sh", str(kibibytes), str(mount_point)),
            ],
            # Its end of input is ours, or this process's end.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"mounted\n", "a tmpfs cannot be mounted here"
        target = ("nsenter", "--target", str(self._holder.pid), "--mount")
        self.under = target if is_root else (*target, "--user", "--preserve-credentials")
        """The command that another one is started with to see this disk."""

    def __enter__(self) -> "Disk":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._holder.communicate(timeout=10)

    @property
    def path(self) -> Path:
        """The disk's root as this process can reach it."""
        return Path(f"/proc/{self._holder.pid}/root{self.mount_point}")

    @property
    def free_bytes(self) -> int:
        status = os.statvfs(self.path)
        return status.f_bavail * status.f_bsize

    def fill(self) -> None:
        """Takes all the space that is left, page by page, as others may take some meanwhile."""
        with open(self.path / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(mmap.PAGESIZE))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        assert self.free_bytes == 0

    def free(self) -> None:
        """Gives back what `fill` took."""
        (self.path / "filler").unlink()

    def remount(self, options: str) -> None:
        """Mounts the disk again with other options."""
        # Without the options that it has: to some of them only real root may set a disk again.
        mount = ("mount", "--options-source", "disable", "-o", f"remount,{options}")
        command = [*self.under, *mount, str(self.mount_point)]
        subprocess.run(command, check=True)
