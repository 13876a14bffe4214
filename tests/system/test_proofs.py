#!/usr/bin/env python3
"""Receipts, proofs, exports and tokens, as those use them who have the executable and a file."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.command import run_gavel
from harness.raft_test import RaftTest
from harness.system_test import SystemTest

RULES = {"proxy": True, "increments": 5, "reserve": 80, "duration_seconds": 86_400}
KEY = "the operator's key for tokens"


def set_back(export: str, days: tuple[int, ...], auction: int) -> str:
    """The complete export of a log whose entries are so many days older. The first one creates
    the auction, whose id is the millisecond of that."""
    header, *entries = export.splitlines()
    day_us = 24 * 3_600 * 1_000_000
    stamp = slice(2, 10)  # behind layout and rules version
    link = hashlib.sha256(bytes(8) + json.loads(header)["log_id"].encode()).digest()
    lines = [header]
    for index, (text, back) in enumerate(zip(entries, days, strict=True), start=1):
        entry = json.loads(text)
        record = bytearray.fromhex(entry["record"])
        time_us = int.from_bytes(record[stamp], "little") - back * day_us
        record[stamp] = time_us.to_bytes(8, "little")
        older = auction - days[0] * day_us // 1_000
        record = record.replace(auction.to_bytes(8, "little"), older.to_bytes(8, "little"))
        link = hashlib.sha256(link + index.to_bytes(8, "little") + record).digest()
        entry |= {"time_us": time_us, "record": record.hex(), "hash": link.hex()}
        lines.append(json.dumps(entry))
    return "\n".join(lines) + "\n"


class Proofs(SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(tempfile.mkdtemp(prefix="gavel-test-proofs-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_bytes(text.encode())
        return path

    def verify(self, text: str, *options: str) -> tuple[int, str]:
        ended = run_gavel("verify", str(self.write("proof.jsonl", text)), *options)
        self.assertEqual(ended.stderr, "")
        return ended.status, ended.stdout

    def bid(self, gavel, auction: dict, **fields):
        answer = gavel.call("POST", f"/api/auctions/{auction['id']}/bid", fields)
        self.assertEqual(answer.status, 200, str(answer))
        return answer

    def proof(self, gavel, auction: dict) -> str:
        answer = gavel.call("GET", f"/api/auctions/{auction['id']}/proof")
        self.assertEqual(answer.status, 200, str(answer))
        self.assertEqual(answer.headers["content-type"], "application/jsonl")
        return answer.text

    def test_a_proof_holds_and_every_forgery_is_found_with_its_place(self):
        gavel = self.platform()
        auction = gavel.create("Lamp", **RULES)
        self.bid(gavel, auction, bidder="ann", max_amount=777.25)
        receipt = self.bid(gavel, auction, bidder="bob", amount=90).headers["gavel-receipt"]
        self.bid(gavel, auction, bidder="cy", amount=100)
        self.assertNotIn("777.25", self.proof(gavel, auction))
        gavel.kill()
        gavel.start()
        heads = gavel.call("GET", "/api/log/head").text
        gavel.call("POST", f"/api/auctions/{auction['id']}/close")
        text = self.proof(gavel, auction)
        self.assertNotIn("777.25", text)
        self.assertIn('"value":80', text)

        heads_file = str(self.write("heads.jsonl", heads))
        status, said = self.verify(text, "--head", heads_file)
        self.assertEqual(status, 0, said)
        self.assertIn(hashlib.sha256(heads.encode()).hexdigest(), said)
        self.assertIn(f"OK auction {auction['id']}", said)

        # Whoever has a receipt finds the line; no tool of ours is needed.
        lines = text.splitlines()
        index, time_us, line_hash = re.fullmatch(
            r'index=(\d+), time_us=(\d+), hash="([0-9a-f]{64})"', receipt).groups()
        mine = next(line for line in lines if f'"index":{index},' in line)
        self.assertEqual(hashlib.sha256(mine.encode()).hexdigest(), line_hash)
        self.assertEqual(json.loads(mine)["time_us"], int(time_us))

        altered = text.replace('"amount":90.0', '"amount":91.0')
        dropped = "\n".join(lines[:3] + lines[4:]) + "\n"
        swapped = "\n".join(lines[:3] + [lines[4], lines[3]] + lines[5:]) + "\n"
        for forgery, place in ((altered, "BAD act 3 index 3: act 3 was altered"),
                               (dropped, "BAD act 3: act 3 was dropped, after index 2"),
                               (swapped, "BAD act 3 index 4: act 3 was moved")):
            status, said = self.verify(forgery)
            self.assertEqual(status, 1, said)
            self.assertIn(place, said)
        missing = run_gavel("verify", str(self.folder / "nothing"))
        self.assertEqual((missing.status, missing.stdout), (1, ""))

    def test_a_log_that_was_exported_and_imported_is_the_same_log(self):
        gavel = self.platform()
        auction = gavel.create("Lamp", **RULES)
        sealed = gavel.create("Sealed", format="vickrey")
        self.bid(gavel, auction, bidder="ann", max_amount=777.25)
        self.bid(gavel, sealed, bidder="ann", amount=654.25)
        log = Path(gavel.data_dir) / "auction.db"
        backup, public = self.folder / "backup.jsonl", self.folder / "public.jsonl"
        self.assertEqual(run_gavel("export", str(log), str(backup)).stdout, "4 entries\n")
        self.assertEqual(stat.S_IMODE(backup.stat().st_mode), 0o600)
        self.assertEqual(run_gavel("export", str(log), str(backup)).status, 1)  # is there already
        ended = run_gavel("export", str(log), str(public), "--public")
        self.assertEqual(ended.stdout, "1 auctions\n")
        self.assertNotIn("777.25", public.read_text())
        self.assertNotIn(f'"{sealed["id"]}"', public.read_text())

        copy = self.folder / "copy.db"
        self.assertEqual(run_gavel("import", str(backup), str(copy)).stdout, "4 entries\n")
        self.assertEqual(run_gavel("--replay", str(copy)).stdout,
                         run_gavel("--replay", str(log)).stdout)
        self.assertEqual(run_gavel("import", str(backup), str(copy)).status, 1)
        lines = backup.read_text().splitlines()
        for forged, place in ((lines[:2] + lines[3:], "line 3: entry 2 is missing"),
                              (lines[:4], "line 5: it ends before it was to"),
                              (lines[:2] + [lines[2].replace("0", "1")] + lines[3:], "line 3: ")):
            path = self.write("forged.jsonl", "\n".join(forged) + "\n")
            ended = run_gavel("import", str(path), str(self.folder / "forged.db"))
            self.assertEqual(ended.status, 1)
            self.assertIn(place, ended.stderr)
            self.assertFalse((self.folder / "forged.db").exists())

    def test_bids_go_on_while_a_long_proof_comes_through_the_services(self):
        gavel = self.platform(processes=6)
        auction = gavel.create("Lamp")
        path, minimal = f"/api/auctions/{auction['id']}", {"Prefer": "return=minimal"}
        for first in range(100, 40_100, 1_000):
            bids = [{"bidder": "ann", "amount": first + i} for i in range(1_000)]
            answer = gavel.call("POST", f"{path}/bids/bulk", {"bids": bids}, headers=minimal)
            self.assertEqual(answer.status, 200, str(answer))
        with ThreadPoolExecutor() as pool:
            reading = [pool.submit(self.proof, gavel, auction) for _ in range(4)]
            late = 0
            while late == 0 or not all(proof.done() for proof in reading):
                late += 1
                bid = {"bidder": "late", "amount": 50_000 + late}
                answer = gavel.call("POST", f"{path}/bid", bid, headers=minimal)
                self.assertEqual(answer.status, 200, str(answer))
        for text in {proof.result() for proof in reading}:
            self.assertGreater(text.count('"bidder":"ann"'), 39_999)
            status, said = self.verify(text)
            self.assertEqual(status, 0, said)
            self.assertIn("the rules give these prices", said)

    def test_the_heads_of_each_day_can_be_checked_long_after(self):
        # What was done on two days of the past: a log whose times were set back.
        gavel = self.platform()
        auction = gavel.create("Lamp")
        self.bid(gavel, auction, bidder="ann", amount=60)
        self.bid(gavel, auction, bidder="bob", amount=70)
        gavel.stop()
        backup, log = self.folder / "backup.jsonl", Path(gavel.data_dir) / "auction.db"
        run_gavel("export", str(log), str(backup))
        path = self.write("past.jsonl", set_back(backup.read_text(), (2, 2, 1), int(auction["id"])))
        gavel = self.unstarted_platform()
        Path(gavel.data_dir).mkdir()
        imported = run_gavel("import", str(path), str(Path(gavel.data_dir) / "auction.db"))
        self.assertEqual(imported.status, 0, imported)
        gavel.start()
        auction = gavel.auctions()[0]
        self.bid(gavel, auction, bidder="cy", amount=80)  # today

        listed = gavel.call("GET", "/api/log/heads?limit=5").json["heads"]
        self.assertEqual([day["index"] for day in listed], [3, 2], listed)
        self.assertIn(f"heads of {listed[0]['day']}: 1 auctions, up to index 3, sha256 "
                      f"{listed[0]['sha256']}", gavel.one.log())
        proof = self.proof(gavel, auction)
        shorter = "\n".join(proof.splitlines()[:3]) + "\n"
        for day in listed:
            heads = gavel.call("GET", f"/api/log/heads/{day['day']}").text
            self.assertEqual(hashlib.sha256(heads.encode()).hexdigest(), day["sha256"])
            file = str(self.write("heads.jsonl", heads))
            status, said = self.verify(proof, "--head", file)
            self.assertEqual(status, 0, said)
            self.assertIn(day["sha256"], said)
            self.assertEqual(self.verify(shorter, "--head", file)[0], 1)
            forged = self.write("forged.jsonl", re.sub('"head":"[0-9a-f]{8}', '"head":"00000000',
                                                       heads))
            status, said = self.verify(proof, "--head", str(forged))
            self.assertEqual(status, 1, said)
            self.assertIn("is another than the published heads say", said)
        gavel.restart()
        self.assertEqual(gavel.call("GET", "/api/log/heads?limit=5").json["heads"], listed)
        for target, status in (("/api/log/heads/1999-12-31", 404), ("/api/log/heads/now", 400),
                               ("/api/log/heads?limit=x", 400)):
            self.assertEqual(gavel.call("GET", target).status, status, target)

    def test_tokens_and_operators_across_services(self):
        gavel = self.platform(processes=6, environment={"BIDDER_TOKEN_KEY": KEY,
                                                        "ADMIN_TOKEN": KEY[::-1]})
        ended = run_gavel("token", "ann", environment={"BIDDER_TOKEN_KEY": KEY})
        ann = {"Authorization": "Bearer " + ended.stdout.strip()}
        auction = gavel.create("Lamp", **RULES)
        path = f"/api/auctions/{auction['id']}"

        def status(action: str, fields: dict, headers: dict | None = None) -> int:
            return gavel.call("POST", f"{path}/{action}", fields, headers=headers or {}).status

        maximum = {"bidder": "ann", "max_amount": 100}
        self.assertEqual([status("bid", maximum), status("bid", maximum, ann),
                          status("bid", {**maximum, "bidder": "bob"}, ann),
                          status("bid", {"bidder": "bob", "amount": 90})], [401, 200, 403, 200])
        seller = {"name": "Own", "starting_bid": 5, "seller": "ann"}
        self.assertEqual(gavel.call("POST", "/api/auctions", seller).status, 401)
        self.assertEqual(gavel.call("POST", "/api/auctions", seller, headers=ann).status, 201)
        operator = {"Authorization": "Bearer " + KEY[::-1]}
        self.assertEqual([status("cancel", {}), status("cancel", {}, ann),
                          status("cancel", {}, operator)], [401, 401, 200])
        ended = run_gavel("token", "ann", environment={"BIDDER_TOKEN_KEY": "short"})
        self.assertEqual(ended.status, 1)
        self.assertIn("BIDDER_TOKEN_KEY", ended.stderr)


class ProofsOfACluster(RaftTest):
    def test_every_node_gives_the_same_proof_and_a_new_leader_goes_on_with_it(self):
        cluster = self.cluster(3)
        leader = cluster.wait_leader()
        create = {"name": "Lamp", "starting_bid": 50, **RULES}
        auction = leader.call("POST", "/auctions", create).json["auction"]
        path = f"/auctions/{auction['id']}"
        bid = {"bidder": "ann", "max_amount": 777.25}
        key = {"Idempotency-Key": "mine"}
        first = leader.call("POST", f"{path}/bid", bid, headers=key)
        self.assertEqual(first.status, 200, str(first))
        leader.kill()
        leader.start()
        successor = cluster.wait_leader()
        again = successor.call("POST", f"{path}/bid", bid, headers=key)
        self.assertEqual((again.status, again.body), (first.status, first.body))
        self.assertEqual(again.headers["gavel-receipt"], first.headers["gavel-receipt"])
        self.assertEqual(successor.call("POST", f"{path}/close").status, 200)
        cluster.wait_equal_books()
        proofs = {node.call("GET", f"{path}/proof").text for node in cluster.alive()}
        self.assertEqual(len(proofs), 1, proofs)
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write(proofs.pop())
            file.flush()
            ended = run_gavel("verify", file.name)
        self.assertEqual(ended.status, 0, ended)
        self.assertIn(f"OK auction {auction['id']}", ended.stdout)


if __name__ == "__main__":
    unittest.main()
