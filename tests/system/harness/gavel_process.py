"""The real executable as one process for everything or as six, on ports and data of its own."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Callable, Mapping, Sequence

from .http_client import HOST, Answer, Client, call
from .waiting import limit_s, wait_for

ROOT = Path(__file__).resolve().parents[3]
EXECUTABLE = os.environ.get("GAVEL_BIN") or str(ROOT / "build/release/gavel")
LOG_LINES_SHOWN = 40
STOP_WITHIN_S = 5.0  # the promise for SIGTERM and SIGINT
PR_SET_PDEATHSIG = 1

PORT_VARIABLES = {
    "gateway": "GATEWAY_PORT",
    "auction_service": "AUCTION_SERVICE_PORT",
    "bidding_service": "BIDDING_SERVICE_PORT",
    "history_service": "HISTORY_SERVICE_PORT",
    "notifier_service": "NOTIFIER_SERVICE_PORT",
    "frontend": "FRONTEND_PORT",
    "go_gateway": "GO_GATEWAY_PORT",
}
URL_VARIABLES = {
    "gateway": "GATEWAY_URL",
    "auction_service": "AUCTION_SERVICE_URL",
    "bidding_service": "BIDDING_SERVICE_URL",
    "history_service": "HISTORY_SERVICE_URL",
    "notifier_service": "NOTIFIER_SERVICE_URL",
}
SERVICES = ("auction_service", "bidding_service", "history_service", "notifier_service", "gateway",
            "frontend")

_libc = ctypes.CDLL(None)
_held_ports: list[socket.socket] = []


def _die_with_the_test() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """A port that stays ours: the bound socket is kept, so that nobody else is given the port.
    Since it does not listen and both sides set SO_REUSEADDR, the server can still bind it."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((HOST, 0))
    _held_ports.append(held)
    return held.getsockname()[1]


def clean_environment() -> dict[str, str]:
    """This environment without any of our settings."""
    ours = {"SERVICE", "BIND_ADDRESS", "DATA_DIR", "AUCTION_LOG", "STATIC_DIR", "LOG_LEVEL",
            "LOG_FORMAT", "COORDINATOR_URL", "COORDINATOR_PORT", "COORDINATOR_NAME", "PARTICIPANTS",
            "TWO_PHASE_TIMEOUT_MS", "GAVEL_FAIL_POINT", "ADMIN_TOKEN", "WEBHOOK_ALLOW_PRIVATE",
            "RATE_LIMIT_PER_SECOND", "RATE_LIMIT_BURST", "TRUSTED_PROXIES",
            *PORT_VARIABLES.values(), *URL_VARIABLES.values()}
    return {name: value for name, value in os.environ.items()
            if name not in ours and not name.startswith(("RAFT_", "CLUSTER_", "COORDINATOR_", "TWO_PHASE_", "PARTICIPANTS",
                                    "GAVEL_FAIL_POINT"))}


class GavelProcess:
    """One process with its output in a file. Start it from the main thread: the kernel kills it
    when the thread that started it ends, so that no test leaves one behind."""

    def __init__(self, environment: Mapping[str, str], output: Path, name: str = "gavel",
                 enter: Callable[[], None] | None = None):
        """`enter` runs in the new process before the executable does."""
        self.environment = {**clean_environment(), **environment}
        self._enter = enter
        self.output = output
        self.name = name
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        if self.running:
            raise AssertionError(f"{self.name} runs already")
        if not os.access(EXECUTABLE, os.X_OK):
            raise AssertionError(f"no executable at {EXECUTABLE}; build it or set GAVEL_BIN")
        with open(self.output, "ab") as output:
            self._process = subprocess.Popen(
                [EXECUTABLE], env=self.environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, cwd=self.output.parent, preexec_fn=self._before)

    def _before(self) -> None:
        _die_with_the_test()
        if self._enter is not None:
            self._enter()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float) -> int:
        assert self._process is not None
        return self._process.wait(limit_s(seconds))

    def kill(self) -> None:
        """As a power cut would: nothing is finished."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit status. A process that takes too long is killed and reported."""
        assert self._process is not None
        if self.running:
            self._process.terminate()
            try:
                self.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.name} did not stop within {STOP_WITHIN_S} s")
        return self._process.returncode

    def log(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def last_log_lines(self) -> str:
        return "\n".join(f"  {self.name}| {line}"
                         for line in self.log().splitlines()[-LOG_LINES_SHOWN:])


class Platform:
    """All services, in one process (the default) or six, with one data folder. Ports and data
    stay the same through kill() and start().

    `coordinators`: so many of two-phase commit beside the six. `auctions`: the URLs of a cluster's
    nodes, in place of an auction service."""

    def __init__(self, processes: int = 1, environment: Mapping[str, str] | None = None,
                 go_port: bool = False, data_dir: str | None = None, coordinators: int = 0,
                 auctions: Sequence[str] = ()):
        assert processes in (1, 6)
        self.folder = Path(tempfile.mkdtemp(prefix="gavel-test-"))
        self.data_dir = Path(data_dir) if data_dir else self.folder / "data"
        names = SERVICES + (("go_gateway",) if go_port else ())
        self.ports = {name: free_port() for name in names}
        self.environment = {PORT_VARIABLES[name]: str(port) for name, port in self.ports.items()}
        self.environment |= {variable: f"http://{HOST}:{self.ports[name]}"
                             for name, variable in URL_VARIABLES.items()}
        self.environment |= {"DATA_DIR": str(self.data_dir), "BIND_ADDRESS": HOST}
        if auctions:
            self.environment["AUCTION_SERVICE_URL"] = ",".join(auctions)
        self.coordinators = {f"coordinator_{number}": free_port()
                             for number in range(1, coordinators + 1)}
        if coordinators:
            self.environment["COORDINATOR_URL"] = self.coordinator_urls
        self.environment |= environment or {}
        self.processes: dict[str, GavelProcess] = {}
        for name in (SERVICES if processes == 6 else ("gavel",)):
            if name != "auction_service" or not auctions:
                self.add_process(name, {} if name == "gavel" else {"SERVICE": name})
        for name, port in self.coordinators.items():
            self.add_process(name, {"SERVICE": "two_phase_coordinator", "COORDINATOR_NAME": name,
                                    "COORDINATOR_PORT": str(port),
                                    "PARTICIPANTS": self._participants(auctions)})

    @property
    def coordinator_urls(self) -> str:
        return ",".join(f"http://{HOST}:{port}" for port in self.coordinators.values())

    def _participants(self, auctions: Sequence[str]) -> str:
        urls = {name: self.environment[URL_VARIABLES[name]]
                for name in ("bidding_service", "history_service", "notifier_service")}
        urls["auction_service"] = "|".join(auctions or [self.environment["AUCTION_SERVICE_URL"]])
        return ",".join(f"{name}={url}" for name, url in sorted(urls.items()))

    def add_process(self, name: str, environment: Mapping[str, str]) -> GavelProcess:
        process = GavelProcess({**self.environment, **environment}, self.folder / f"{name}.log",
                               name)
        self.processes[name] = process
        return process

    def start(self) -> Platform:
        for process in self.processes.values():
            if not process.running:
                process.start()
        self.wait_ready()
        return self

    def wait_ready(self) -> None:
        """All services answer and follow the feed."""
        wait_for(self._ready, 20, "all services are ready")

    def _ready(self) -> bool:
        for process in self.processes.values():
            if not process.running:
                raise AssertionError(f"{process.name} ended at its start:\n"
                                     f"{process.last_log_lines()}")
        try:
            answers = {name: call(self.ports[name], "GET", "/readyz", timeout_s=5)
                       for name in SERVICES if name in self.processes or "gavel" in self.processes}
            answers |= {name: call(port, "GET", "/readyz", timeout_s=5)
                        for name, port in self.coordinators.items()}
        except OSError:
            return False
        followers = (answers["bidding_service"], answers["history_service"],
                     answers["notifier_service"])
        return (all(answer.status == 200 for answer in answers.values()) and
                all(answer.json["connected"] for answer in followers))

    def transactions(self) -> list[dict]:
        """As the gateway shows them, the newest first."""
        answer = self.call("GET", "/api/transactions")
        assert answer.status == 200, str(answer)
        return answer.json["transactions"]

    @property
    def one(self) -> GavelProcess:
        """The process of an all-in-one platform."""
        return self.processes["gavel"]

    def kill(self) -> None:
        for process in self.processes.values():
            process.kill()

    def stop(self) -> None:
        """Ends what runs, those who ask others first."""
        for process in reversed(self.processes.values()):
            if process.running:
                process.signal(signal.SIGCONT)
                status = process.stop()
                if status != 0:
                    raise AssertionError(f"{process.name} ended with {status}")

    def restart(self) -> None:
        self.stop()
        self.start()

    def client(self, service: str = "gateway", timeout_s: float = 40) -> Client:
        return Client(self.ports[service], timeout_s)

    def call(self, method: str, path: str, body=None, headers: Mapping[str, str] | None = None,
             service: str = "gateway", timeout_s: float = 40) -> Answer:
        return call(self.ports[service], method, path, body, headers, timeout_s)

    def create(self, name: str = "Laptop", starting_bid: float = 50, **fields) -> dict:
        answer = self.call("POST", "/api/auctions",
                           {"name": name, "starting_bid": starting_bid, **fields})
        assert answer.status == 201, str(answer)
        return answer.json["auction"]

    def bid(self, auction_id: str, bidder: str, amount: float,
            headers: Mapping[str, str] | None = None) -> Answer:
        return self.call("POST", f"/api/auctions/{auction_id}/bid",
                         {"bidder": bidder, "amount": amount}, headers)

    def auctions(self) -> list[dict]:
        answer = self.call("GET", "/api/auctions")
        assert answer.status == 200, str(answer)
        return answer.json["auctions"]

    def history(self) -> list[dict]:
        answer = self.call("GET", "/api/history")
        assert answer.status == 200, str(answer)
        return answer.json["events"]

    def notices(self, **query) -> list[dict]:
        """Who was told of having won what, once the notifier has all that the gateway shows."""
        index = self.call("GET", "/api/auctions").headers["gavel-index"]
        query = {"min_index": index, **query}
        text = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.call("GET", f"/api/notifications?{text}")
        assert answer.status == 200, str(answer)
        return answer.json["notifications"]

    def settled_history(self) -> list[dict]:
        """The history once it has all that the gateway shows. A gateway that was just started has
        acknowledged nothing yet, so its history() waits for nothing."""
        index = self.call("GET", "/api/auctions").headers["gavel-index"]
        answer = self.call("GET", f"/api/history?min_index={index}")
        assert answer.status == 200, str(answer)
        return answer.json["events"]

    def explain(self) -> str:
        """What a reader of a failure needs: the last log lines and where the data is."""
        logs = "\n".join(process.last_log_lines() for process in self.processes.values())
        return f"{logs}\n  data and logs kept in {self.folder} (data: {self.data_dir})"

    def remove_files(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
