#!/usr/bin/env python3
"""What the executable says and how it ends: one clear line for every mistake, never a crash."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import tempfile
import time
import unittest
from pathlib import Path

from harness.command import Ended, replayed, run_gavel
from harness.gavel_process import (PORT_VARIABLES, SERVICES, STOP_WITHIN_S, URL_VARIABLES,
                                   GavelProcess, Platform, free_port)
from harness.http_client import HOST, AnswerReader, open_socket
from harness.inspect_process import listening_addresses
from harness.sse import StreamReader
from harness.system_test import SystemTest
from harness.waiting import SLOW, limit_s, wait_for

CRASH_MARKS = re.compile(r"terminate called|Assertion|Sanitizer|Segmentation|core dumped|#0 ")


class CommandLineTest(SystemTest):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gavel-test-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def settings(self, **more: str) -> dict[str, str]:
        """A working configuration on ports of its own."""
        return {**{variable: str(free_port()) for name, variable in PORT_VARIABLES.items()
                   if name != "go_gateway"},
                "DATA_DIR": str(self.folder / "data"), **more}

    def assert_refused(self, ended: Ended, *named: str, status: int = 1) -> None:
        """Ended with one line on stderr that has all of these in it."""
        self.assertEqual(ended.status, status, ended)
        self.assertNotRegex(ended.stderr, CRASH_MARKS)
        self.assertNotRegex(ended.stdout, CRASH_MARKS)
        self.assertEqual(len(ended.stderr.splitlines()), 1, ended.stderr)
        self.assertTrue(ended.stderr.startswith("gavel: "), ended.stderr)
        for text in named:
            self.assertIn(text, ended.stderr)


class Options(CommandLineTest):
    def test_help_names_every_setting(self):
        for option in ("--help", "-h"):
            ended = run_gavel(option)
            self.assertEqual((ended.status, ended.stderr), (0, ""))
            for setting in ("SERVICE", "BIND_ADDRESS", "DATA_DIR", "AUCTION_LOG", "STATIC_DIR",
                            "LOG_LEVEL", "LOG_FORMAT", *PORT_VARIABLES.values(),
                            *URL_VARIABLES.values(), "BIDDER_TOKEN_KEY", "ADMIN_TOKEN",
                            "--version", "--probe", "--replay", "export", "import", "token",
                            "verify"):
                self.assertIn(setting, ended.stdout)

    def test_version_is_one_line(self):
        ended = run_gavel("--version")
        self.assertEqual((ended.status, ended.stderr), (0, ""))
        self.assertRegex(ended.stdout, r"^gavel \d+\.\d+\.\d+\n$")

    def test_unknown_arguments_are_refused(self):
        for arguments in (("--nope",), ("serve",), ("--probe",), ("--replay",), ("--replay", "a",
                                                                                 "b"), ("",)):
            with self.subTest(arguments):
                self.assert_refused(run_gavel(*arguments), "--help", status=2)

    def test_a_probe_tells_by_its_status_whether_the_url_answers_2xx(self):
        gavel = self.platform()
        port = gavel.ports["gateway"]
        for path, status in (("/livez", 0), ("/readyz", 0), ("/api/auctions", 0), ("/nope", 1)):
            ended = run_gavel("--probe", f"http://{HOST}:{port}{path}")
            self.assertEqual(ended.status, status, path)
        began_s = time.monotonic()
        self.assertEqual(run_gavel("--probe", f"http://{HOST}:{free_port()}/livez").status, 1)
        deaf = socket.create_server((HOST, 0))
        self.addCleanup(deaf.close)
        ended = run_gavel("--probe", f"http://{HOST}:{deaf.getsockname()[1]}/livez")
        self.assertEqual(ended.status, 1)
        self.assertLess(time.monotonic() - began_s, limit_s(4))
        for url in ("nonsense", "http://", "ftp://x/", f"http://{HOST}:99999/", ""):
            with self.subTest(url):
                self.assert_refused(run_gavel("--probe", url))

    def test_a_replay_prints_the_book_also_while_it_is_written(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        log = gavel.data_dir / "auction.db"
        for i in range(5):
            self.assert_answer(gavel.bid(auction, "alice", 60 + i), 200)
            book = replayed(log)
            self.assertEqual(list(book), ["log_id", "entries", "book_sha256", "auctions"])
            self.assertEqual((book["entries"], book["auctions"]), (2 + i, gavel.auctions()))
            self.assertRegex(book["book_sha256"], r"^[0-9a-f]{64}$")
        gavel.stop()
        self.assertEqual(replayed(log), book, "the same log gives the same book")

    def test_a_replay_of_what_is_no_log_is_refused(self):
        garbage = self.folder / "garbage.db"
        garbage.write_bytes(os.urandom(20_000))
        other = self.folder / "other.db"
        with sqlite3.connect(other) as database:
            database.execute("CREATE TABLE t(x)")
        database.close()
        empty = self.folder / "empty.db"
        empty.touch()
        for path in (garbage, other, empty, self.folder / "absent.db", self.folder):
            with self.subTest(path.name):
                self.assert_refused(run_gavel("--replay", str(path)), path.name)
        self.assertFalse((self.folder / "absent.db").exists(), "it only reads")


class Settings(CommandLineTest):
    def test_a_wrong_setting_is_named(self):
        wrong = [("SERVICE", "nope"), ("SERVICE", "Gateway"), ("SERVICE", "gateway "),
                 ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("STATIC_DIR", "/nonexistent/dir"),
                 ("BIND_ADDRESS", "256.256.256.256")]
        wrong += [(variable, text) for variable in PORT_VARIABLES.values()
                  for text in ("0", "65536", "-1", "http", "80 ", "80x", "99999999999999999999")]
        wrong += [(variable, text) for variable in URL_VARIABLES.values()
                  for text in ("nonsense", "http://", "https://host:1", "ftp://host:1",
                               "http://host:0", "http://host:99999", "http://host:x",
                               "http://host:80/path", "http://a b:80")]
        wrong += [("AUCTION_LOG", text) for text in ("nonsense", "sqlite:", "memory",
                                                     "postgres://host/db", "sqlite3:/tmp/x")]
        for variable, text in wrong:
            with self.subTest(f"{variable}={text}"):
                ended = run_gavel(environment=self.settings(**{variable: text}))
                named = [variable] if variable != "STATIC_DIR" else [text]
                self.assert_refused(ended, *named)

    def test_a_port_that_is_in_use_is_named(self):
        for variable in ("GATEWAY_PORT", "AUCTION_SERVICE_PORT", "FRONTEND_PORT"):
            with socket.create_server((HOST, 0)) as taken:
                port = str(taken.getsockname()[1])
                ended = run_gavel(environment=self.settings(**{variable: port}))
                self.assert_refused(ended, f"{HOST}:{port}", "Address already in use", "port")

    def test_a_data_folder_that_cannot_be_used_is_named(self):
        file = self.folder / "file"
        file.touch()
        for path in (file, file / "below", Path("/proc/nothing/here")):
            with self.subTest(str(path)):
                self.assert_refused(run_gavel(environment=self.settings(DATA_DIR=str(path))),
                                    str(path), "DATA_DIR")
        if os.geteuid() != 0:
            locked = self.folder / "locked"
            locked.mkdir(mode=0o500)
            self.assert_refused(run_gavel(environment=self.settings(DATA_DIR=str(locked))),
                                str(locked), "DATA_DIR")

    def test_a_log_that_cannot_be_opened_is_named(self):
        folder = self.folder / "folder"
        folder.mkdir()
        for path in ("/nonexistent/folder/a.db", "/proc/a.db", str(folder)):
            with self.subTest(path):
                ended = run_gavel(environment=self.settings(AUCTION_LOG=f"sqlite:{path}"))
                self.assert_refused(ended, path)

    def test_a_second_process_on_the_same_data_is_refused_and_the_first_goes_on(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        ended = run_gavel(environment=self.settings(DATA_DIR=str(gavel.data_dir)))
        self.assert_refused(ended, str(gavel.data_dir), "DATA_DIR")
        for service in ("auction_service", "history_service"):
            ended = run_gavel(environment=self.settings(DATA_DIR=str(gavel.data_dir),
                                                        SERVICE=service))
            self.assert_refused(ended, str(gavel.data_dir), "DATA_DIR")
        self.assert_answer(gavel.bid(auction, "a", 60), 200)

    def test_services_that_keep_nothing_need_no_data_folder(self):
        process = GavelProcess(self.settings(SERVICE="bidding_service", DATA_DIR="/proc/nothing"),
                               self.folder / "log")
        process.start()
        self.addCleanup(process.kill)
        wait_for(lambda: "listening" in process.log(), 10, "it listens")
        self.assertEqual(process.stop(), 0)

    def test_in_memory_nothing_is_kept(self):
        gavel = self.platform(environment={"AUCTION_LOG": "memory:"})
        auction = gavel.create()["id"]
        self.assert_answer(gavel.bid(auction, "a", 60), 200)
        self.assertEqual(len(gavel.history()), 2)
        gavel.restart()
        self.assertEqual((gavel.auctions(), gavel.history()), ([], []))
        self.assertEqual(list(gavel.data_dir.iterdir()), [])


class DamagedLogs(CommandLineTest):
    def used_data(self) -> Path:
        """The data folder of a platform that was stopped, with some entries in the log."""
        gavel = Platform(data_dir=str(self.folder / "data")).start()
        self.addCleanup(gavel.remove_files)
        self.addCleanup(gavel.kill)
        auction = gavel.create("NameOfTheAuction", description="d" * 3000)["id"]
        for i in range(60):
            self.assert_answer(gavel.bid(auction, f"BidderNumber{i}", 60 + i), 200)
        gavel.stop()
        return self.folder / "data"

    def start(self, data: Path) -> Ended:
        return run_gavel(environment=self.settings(DATA_DIR=str(data)))

    def test_a_changed_bid_is_found_by_its_hash(self):
        data = self.used_data()
        log = data / "auction.db"
        content = log.read_bytes()
        self.assertEqual(content.count(b"BidderNumber30"), 1)
        log.write_bytes(content.replace(b"BidderNumber30", b"BidderNumber99"))
        self.assert_refused(run_gavel("--replay", str(log)), "auction.db", "hash")
        self.assert_refused(self.start(data), "auction.db", "hash", "backup")

    def test_any_flipped_byte_is_found_or_changes_nothing(self):
        data = self.used_data()
        log = data / "auction.db"
        content = log.read_bytes()
        book = replayed(log)
        rng = self.seeded()
        found = 0
        for i in range(int(150 / SLOW)):
            place = rng.randrange(len(content)) if i else 0
            flipped = bytearray(content)
            flipped[place] ^= 1 << rng.randrange(8)
            log.write_bytes(flipped)
            with self.subTest(f"byte {place}"):
                ended = run_gavel("--replay", str(log))
                if ended.status == 0:
                    self.assertEqual(json.loads(ended.stdout), book)
                else:
                    self.assert_refused(ended, "auction.db")
                    found += 1
                    if i % 10 == 0:
                        self.assert_refused(self.start(data), "auction.db", "backup")
        self.assertGreater(found, 0)

    def test_missing_entries_are_found(self):
        data = self.used_data()
        log = data / "auction.db"
        content = log.read_bytes()
        for which in ("idx > 50", "idx = 61", "idx = 30", "idx = 1", "1"):
            with self.subTest(which):
                log.write_bytes(content)
                with sqlite3.connect(log) as database:
                    database.execute(f"DELETE FROM entries WHERE {which}")
                database.close()
                self.assert_refused(self.start(data), "auction.db", "missing", "backup")

    def test_a_truncated_log_is_found(self):
        data = self.used_data()
        content = (data / "auction.db").read_bytes()
        for size in (0, 1, 511, 4096, len(content) // 2, len(content) - 4096, len(content) - 1):
            with self.subTest(size):
                copy = self.folder / f"truncated-{size}"
                shutil.copytree(data, copy)
                (copy / "auction.db").write_bytes(content[:size])
                self.assert_refused(self.start(copy), "auction.db", "backup")

    def test_another_file_in_the_log_s_place_is_found(self):
        data = self.folder / "data"
        data.mkdir()
        log = data / "auction.db"
        log.write_bytes(b"This is a letter, not a database.\n" * 500)
        self.assert_refused(self.start(data), "auction.db")
        self.assertIn(b"letter", log.read_bytes(), "it was left as it is")
        log.unlink()
        with sqlite3.connect(log) as database:
            database.execute("CREATE TABLE addresses(name)")
        database.close()
        self.assert_refused(self.start(data), "auction.db", "not an auction log")
        log.unlink()
        log.mkdir()
        self.assert_refused(self.start(data), "auction.db")

    def test_a_damaged_history_is_found_and_made_anew_once_it_is_gone(self):
        data = self.used_data()
        history = data / "history.db"
        history.write_bytes(b"This is a letter, not a database.\n" * 500)
        self.assert_refused(self.start(data), "history.db")
        for file in data.glob("history.db*"):
            file.unlink()
        gavel = self.platform(data_dir=str(data))
        self.assertEqual(len(gavel.settled_history()), 61)

    def test_damaged_derived_files_are_made_anew_from_the_log(self):
        data = self.used_data()
        book = replayed(data / "auction.db")
        (data / "auction.db.events").write_bytes(b"no database " * 1000)
        gavel = self.platform(data_dir=str(data))
        self.assertEqual(gavel.auctions(), book["auctions"])
        self.assertEqual(len(gavel.settled_history()), 61)


class Logging(CommandLineTest):
    def test_json_lines_are_all_json_and_name_their_service(self):
        gavel = self.platform(environment={"LOG_FORMAT": "json", "LOG_LEVEL": "debug"})
        gavel.create('quotes " and \n control \x01 characters')
        gavel.call("GET", '/api/auctions/%22%0a"?x="\\')
        gavel.stop()
        lines = [json.loads(line) for line in gavel.one.log().splitlines()]
        for line in lines:
            self.assertEqual(list(line), ["time", "level", "service", "message"])
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertLessEqual({*SERVICES, "gavel"}, {line["service"] for line in lines})
        self.assertIn("debug", {line["level"] for line in lines})

    def test_the_level_decides_what_is_said(self):
        for level, said in (("off", set()), ("error", set()), ("info", {"info"}),
                            ("debug", {"info", "debug"})):
            with self.subTest(level):
                gavel = self.platform(environment={"LOG_LEVEL": level})
                gavel.create()
                gavel.stop()
                levels = {line.split()[1] for line in gavel.one.log().splitlines()}
                self.assertEqual(levels, said)

    def test_what_a_client_sends_makes_no_line_of_its_own(self):
        gavel = self.platform(environment={"LOG_LEVEL": "debug"})
        gavel.call("GET", "/x%0d%0afake")
        gavel.create("first\nsecond line")
        gavel.stop()
        for line in gavel.one.log().splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT")


class Ending(CommandLineTest):
    def test_both_signals_end_it_with_0_whatever_is_open(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                gavel = self.platform()
                streams = [StreamReader(gavel.ports[name]) for name in ("gateway", "frontend")]
                idle = [open_socket(gavel.ports[name]) for name in gavel.ports]
                half = open_socket(gavel.ports["gateway"])
                half.sendall(b"POST /api/auctions HTTP/1.1\r\nHost: x\r\n"
                             b"Content-Length: 10\r\n\r\n{")
                kept = gavel.client()
                self.assert_answer(kept.get("/api/auctions"), 200)
                waiting = open_socket(gavel.ports["gateway"])
                waiting.sendall(b"GET /api/auctions?min_index=99 HTTP/1.1\r\nHost: x\r\n\r\n")
                for _ in range(3):  # by then it has been read
                    self.assert_answer(gavel.call("GET", "/livez"), 200)
                for stream in streams:
                    stream.snapshot()
                began_s = time.monotonic()
                gavel.one.signal(number)
                self.assertEqual(gavel.one.wait(STOP_WITHIN_S), 0)
                self.assertLess(time.monotonic() - began_s, limit_s(STOP_WITHIN_S))
                self.assertEqual(AnswerReader(waiting).read().status, 503,
                                 "a request under way is still answered")
                for stream in streams:
                    stream.wait_ended(2)
                    stream.close()
                for connection in (*idle, half, waiting):
                    connection.close()
                kept.close()

    def test_each_service_ends_with_0_whether_or_not_the_others_are_there(self):
        gavel = self.platform(processes=6)
        with StreamReader(gavel.ports["frontend"]) as stream:
            stream.snapshot()
            for name in ("auction_service", "history_service", "bidding_service", "gateway",
                         "frontend"):
                began_s = time.monotonic()
                self.assertEqual(gavel.processes[name].stop(), 0, name)
                self.assertLess(time.monotonic() - began_s, limit_s(STOP_WITHIN_S), name)

    def test_a_signal_at_the_very_start_ends_it_too(self):
        for delay_s in (0, 0.001, 0.003, 0.01, 0.03):
            process = GavelProcess(self.settings(), self.folder / "log")
            process.start()
            self.addCleanup(process.kill)
            time.sleep(delay_s)  # a moment within the start
            process.signal(signal.SIGTERM)
            self.assertIn(process.wait(STOP_WITHIN_S), (0, -signal.SIGTERM))

    def test_ended_in_the_middle_of_writes_it_keeps_what_it_answered(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        amount = 60
        for _ in range(5):
            with open_socket(gavel.ports["gateway"]) as connection:
                bodies = [json.dumps({"bidder": "a", "amount": amount + i}) for i in range(200)]
                connection.sendall("".join(
                    f"POST /api/auctions/{auction}/bid HTTP/1.1\r\nHost: x\r\n"
                    f"Prefer: return=minimal\r\nContent-Length: {len(body)}\r\n\r\n{body}"
                    for body in bodies).encode())
                answers = AnswerReader(connection)
                answered = 0
                for _ in range(20):
                    self.assertEqual(answers.read().status, 200)
                    answered += 1
                gavel.one.signal(signal.SIGTERM)
                try:
                    while answered < 200:
                        answered += answers.read().status == 200
                except (AssertionError, OSError):
                    pass
            self.assertEqual(gavel.one.wait(STOP_WITHIN_S), 0)
            gavel.start()
            amounts = {bid["amount"] for bid in gavel.auctions()[0]["bids"]}
            self.assertLessEqual({float(amount + i) for i in range(answered)}, amounts)
            amount += 200


class Listening(CommandLineTest):
    def wait_listening(self, port: int) -> set[str]:
        return wait_for(lambda: listening_addresses(port), 10, f"somebody listens on {port}")

    def test_all_in_one_is_reached_from_this_machine_alone(self):
        settings = self.settings()
        process = GavelProcess(settings, self.folder / "log")
        process.start()
        self.addCleanup(process.kill)
        wait_for(lambda: "dashboard" in process.log(), 10, "all services listen")
        for name in SERVICES:
            port = int(settings[PORT_VARIABLES[name]])
            self.assertEqual(self.wait_listening(port), {"127.0.0.1"})
        self.assertEqual(process.stop(), 0)

    def test_a_single_service_is_reached_from_everywhere(self):
        for name in SERVICES:
            settings = self.settings(SERVICE=name, DATA_DIR=str(self.folder / name))
            process = GavelProcess(settings, self.folder / f"{name}.log")
            process.start()
            self.addCleanup(process.kill)
            port = int(settings[PORT_VARIABLES[name]])
            self.assertEqual(self.wait_listening(port), {"0.0.0.0"}, name)
            for other in SERVICES:
                if other != name:
                    other_port = int(settings[PORT_VARIABLES[other]])
                    self.assertEqual(listening_addresses(other_port), set())
            self.assertEqual(process.stop(), 0, name)

    def test_the_address_can_be_chosen(self):
        settings = self.settings(BIND_ADDRESS="0.0.0.0")
        process = GavelProcess(settings, self.folder / "log")
        process.start()
        self.addCleanup(process.kill)
        self.assertEqual(self.wait_listening(int(settings["GATEWAY_PORT"])), {"0.0.0.0"})
        self.assertEqual(process.stop(), 0)


if __name__ == "__main__":
    unittest.main()
