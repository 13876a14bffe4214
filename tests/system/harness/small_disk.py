"""A disk that can be filled: a small tmpfs in a mount namespace of this process alone."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

CLONE_NEWNS = 0x00020000


def why_no_mounts() -> str:
    """"" once this process has a mount namespace of its own, else what is in the way."""
    if os.geteuid() != 0:
        return "needs root to mount a tmpfs"
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return f"cannot have a mount namespace: {os.strerror(ctypes.get_errno())}"
    private = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True,
                             check=False)
    return private.stderr.strip()


def small_disk(test: unittest.TestCase, size_bytes: int) -> Path:
    """Mounted until the test's end. Skips the test where it cannot be."""
    folder = Path(tempfile.mkdtemp(prefix="gavel-test-disk-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs",
                              str(folder)], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        test.skipTest(f"cannot mount a tmpfs: {mounted.stderr.strip()}")
    test.addCleanup(folder.rmdir)
    test.addCleanup(subprocess.run, ["umount", "-l", str(folder)], check=False)
    return folder


def fill(folder: Path, room_bytes: int) -> Path:
    """Takes all but this much of the disk."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
    if room_bytes:
        os.truncate(filler, filler.stat().st_size - room_bytes)
    return filler
