"""What Gavel is compared with, started and ended here. Each is a context manager with a `url`."""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import subprocess
import time
from pathlib import Path

from local_cluster import free_ports

START_LIMIT_S = 15.0
END_LIMIT_S = 15.0
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
NCHAN_PACKAGES = "nginx libnginx-mod-nchan"
NCHAN_CONFIGURATION = """\
load_module {module};
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000;
    nchan_shared_memory_size 128m;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /publish {{
            nchan_publisher;
            nchan_channel_id benchmark;
            nchan_message_buffer_length 10;
        }}
        location = /subscribe {{
            nchan_subscriber eventsource;
            nchan_channel_id benchmark;
            nchan_subscriber_first_message newest;
        }}
    }}
}}
"""


class ServerError(Exception):
    """A server cannot be used. A sentence that says what to do."""


class Server:
    """A process that listens on a port of its own."""

    def __init__(self) -> None:
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def __enter__(self):
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.wait_until_listening()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        try:
            self.process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_until_listening(self) -> None:
        limit = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                raise ServerError(f"{self.command()[0]} ended at its start; run it by hand: "
                                  + " ".join(self.command()))
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise ServerError(f"{self.command()[0]} does not listen")

    @property
    def pids(self) -> list[int]:
        return [self.process.pid]


class BareServer(Server):
    """cpp-httplib as it comes, echoing JSON (bare_http_server.cpp)."""

    def __init__(self, executable: str):
        super().__init__()
        self.executable = executable

    def command(self) -> list[str]:
        return [self.executable, str(self.port)]


class Nchan(Server):
    """nginx with nchan, one worker, everything else in a folder that it is given."""

    stream, publish = "/subscribe", "/publish"

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = folder

    def command(self) -> list[str]:
        return ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def __enter__(self):
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        text = NCHAN_CONFIGURATION.format(
            module=NCHAN_MODULE, folder=self.folder, port=self.port, files=files,
            connections=min(files - 100, 100_000), user="user root;" if os.getuid() == 0 else "")
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "nginx.conf").write_text(text, encoding="utf-8")
        super().__enter__()
        limit = time.monotonic() + START_LIMIT_S
        while not self.pids:  # the master listens before its worker is there
            if time.monotonic() > limit:
                self.__exit__()
                raise ServerError("nginx has no worker; run it by hand: " +
                                  " ".join(self.command()))
            time.sleep(0.01)
        return self

    @property
    def pids(self) -> list[int]:
        """The worker alone: the master only watches it."""
        main = self.process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text(encoding="ascii").split()
        return [int(child) for child in children][:1]

    @staticmethod
    def missing() -> str:
        """What to do to have it; empty when it is there."""
        if shutil.which("nginx") and NCHAN_MODULE.exists():
            return ""
        return f"nginx with nchan is not installed; as root, run: apt-get install {NCHAN_PACKAGES}"


def versions() -> dict[str, str]:
    """Of what is compared, as their packages tell them."""
    found = {}
    for name, package in (("nginx", "nginx"), ("nchan", "libnginx-mod-nchan"),
                          ("cpp-httplib", "libcpp-httplib-dev")):
        if not shutil.which("dpkg-query"):
            break
        done = subprocess.run(["dpkg-query", "--show", "--showformat=${Version}", package],
                              capture_output=True, text=True, check=False)
        if done.returncode == 0 and re.match(r"[0-9]", done.stdout):
            found[name] = done.stdout
    return found
