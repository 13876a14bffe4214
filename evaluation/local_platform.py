"""Gavel on this machine, started and ended by whoever measures it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from local_cluster import free_ports

SERVICES = ("auction_service", "bidding_service", "history_service", "notifier_service", "gateway",
            "frontend")
PARTICIPANTS = SERVICES[:4]  # of two-phase commit
APART = len(SERVICES)  # so many processes when each service has its own
START_LIMIT_SECONDS = 120
END_LIMIT_SECONDS = 30


class PlatformError(Exception):
    """The platform cannot be used. A sentence that says what to do."""


class Platform:
    """Gavel, started: one process, or one a service that speak HTTP. A context manager.

    Coordinated, there is one more, through which creates and closes go.
    """

    def __init__(self, gavel: str, processes: int, data_dir: str, coordinated: bool = False):
        assert processes in (1, APART) and (processes == APART or not coordinated)
        self.environment = dict(os.environ, DATA_DIR=data_dir, LOG_LEVEL="warning",
                                BIND_ADDRESS="127.0.0.1")
        self.environment.pop("SERVICE", None)
        for service, port in zip(SERVICES, free_ports(len(SERVICES))):
            self.environment[f"{service.upper()}_PORT"] = str(port)
            self.environment[f"{service.upper()}_URL"] = f"http://127.0.0.1:{port}"
        self.url = self.environment["GATEWAY_URL"]
        self.gavel = gavel
        self.services = SERVICES if processes == APART else (None,)
        if coordinated:
            self._add_coordinator()
        self.running: list[subprocess.Popen] = []
        self.log_path = os.path.join(data_dir, "platform.log")

    def _add_coordinator(self) -> None:
        port, = free_ports(1)
        self.services += ("two_phase_coordinator",)
        self.environment.update(
            COORDINATOR_PORT=str(port), COORDINATOR_URL=f"http://127.0.0.1:{port}",
            PARTICIPANTS=",".join(f"{one}={self.environment[one.upper() + '_URL']}"
                                  for one in PARTICIPANTS))

    def __enter__(self) -> Platform:
        try:
            os.makedirs(os.path.dirname(self.log_path), exist_ok=True)
            with open(self.log_path, "ab") as log:
                for service in self.services:
                    environment = dict(self.environment)
                    if service:
                        environment["SERVICE"] = service
                    self.running.append(subprocess.Popen([self.gavel], env=environment, stdout=log,
                                                         stderr=log))
            self.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(timeout=END_LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_until_ready(self) -> float:
        """Returns the seconds it took until the gateway answered that it is ready."""
        begin = time.perf_counter()
        while time.perf_counter() - begin < START_LIMIT_SECONDS:
            if any(process.poll() is not None for process in self.running):
                with open(self.log_path, encoding="utf-8", errors="replace") as log:
                    raise PlatformError("gavel ended at its start:\n" + log.read()[-2_000:])
            with contextlib.suppress(OSError, urllib.error.URLError):
                with urllib.request.urlopen(self.url + "/readyz", timeout=5):
                    return time.perf_counter() - begin
            time.sleep(0.005)
        raise PlatformError("gavel did not become ready")

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.running]

    def pid_of(self, service: str) -> int:
        """Of the process that runs the service, alone or among others."""
        return self.running[SERVICES.index(service) if len(self.running) > 1 else 0].pid

    def memory_mb(self) -> float:
        """Resident memory of all processes together."""
        pages = 0
        for process in self.running:
            with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
                pages += int(file.read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def get(self, target: str) -> dict:
        """What the gateway answers, as JSON. OSError when it is no success."""
        with urllib.request.urlopen(self.url + target, timeout=60) as answer:
            return json.load(answer)

    def create_auctions(self, count: int) -> list[str]:
        """Ids of that many new auctions without an end."""
        ids = []
        for number in range(count):
            body = json.dumps({"name": f"Lot {number}", "starting_bid": 1}).encode()
            request = urllib.request.Request(self.url + "/api/auctions", body, method="POST")
            with urllib.request.urlopen(request, timeout=10) as answer:
                ids.append(json.load(answer)["auction"]["id"])
        return ids
