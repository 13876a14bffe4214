"""What /proc tells of a process from outside."""

from __future__ import annotations

from pathlib import Path

from .http_client import HOST
from .waiting import SLOW

# Sanitizers keep freed memory for a while and need some beside each piece.
SANITIZER_KB = 700_000


def resident_kb(pid: int) -> int:
    """VmRSS."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError(f"no VmRSS of process {pid}")


def memory_limit_kb(limit_kb: int) -> int:
    """What resident_kb() may be or grow by in this build."""
    return limit_kb if SLOW == 1 else limit_kb + SANITIZER_KB


def _encoded(port: int) -> str:
    address = "".join(f"{int(part):02X}" for part in reversed(HOST.split(".")))
    return f"{address}:{port:04X}"


def server_holds_connection(server_port: int, client_port: int) -> bool:
    """The server's process still has its end of this connection open. A client that does not read
    cannot learn of the end from its socket: the FIN waits behind what it has not read."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == _encoded(server_port) and fields[2] == _encoded(client_port):
            return fields[9] != "0"  # the inode is 0 once no process has the socket
    return False


def listening_addresses(port: int) -> set[str]:
    """The IPv4 addresses on which somebody listens on this port."""
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        address, _, hex_port = fields[1].partition(":")
        if int(hex_port, 16) == port and fields[3] == "0A":
            octets = [str(int(address[i:i + 2], 16)) for i in (6, 4, 2, 0)]
            found.add(".".join(octets))
    return found
