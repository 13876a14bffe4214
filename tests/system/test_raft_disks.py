#!/usr/bin/env python3
"""Raft nodes whose disks are full, far behind, emptied, exchanged or damaged."""

from __future__ import annotations

import shutil
import time
import unittest
from pathlib import Path

from harness.ledger import Ledger
from harness.raft_cluster import RaftCluster, RaftNode
from harness.raft_test import RaftTest
from harness.small_disk import fill, small_disk, why_no_mounts
from harness.waiting import wait_for

SMALL_DISK_BYTES = 24 * 1024 * 1024
SNAPSHOT_ENTRIES = 200
OFTEN = {"RAFT_SNAPSHOT_ENTRIES": str(SNAPSHOT_ENTRIES)}
APPLICATION_ID_AT = 68  # in the header of an SQLite database; 0 when nobody set it
NO_MOUNTS = why_no_mounts()


def files_of(node: RaftNode) -> list[Path]:
    """What its log is stored in."""
    return [path for path in node.data_dir.iterdir() if path.name.startswith("raft.db") and
            "events" not in path.name and not path.name.endswith(".lock")]


class SlowFollowers(RaftTest):
    """One is away while the others make several snapshots and drop what came before."""

    def fall_behind_and_return(self, leave, come_back) -> None:
        cluster, ledger = self.cluster(3, environment=OFTEN), Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress(SNAPSHOT_ENTRIES // 2)
        leader = cluster.wait_leader()
        slow = cluster.others(leader)[0]
        leave(slow)
        there = cluster.others(slow)

        def snapshots_at() -> int:
            return min(node.status().get("snapshot_index", 0) for node in there)

        for _ in range(3):
            before = snapshots_at()
            load.wait_progress(SNAPSHOT_ENTRIES)
            wait_for(lambda: snapshots_at() > before, 20, "another snapshot is made")
        come_back(slow)
        load.wait_progress(50)
        self.check_cluster(cluster, ledger, load)
        self.assertIn("restored the state at entry", slow.log(), "a snapshot was installed")
        cluster.kill()
        cluster.start()
        self.check_cluster(cluster, ledger)

    def test_a_node_that_was_down_catches_up_from_a_snapshot(self):
        self.fall_behind_and_return(RaftNode.kill, RaftNode.start)

    def test_a_node_that_hung_catches_up_from_a_snapshot(self):
        self.fall_behind_and_return(RaftNode.pause, RaftNode.resume)

    def test_a_node_may_crash_again_and_again_while_it_catches_up(self):
        cluster, ledger = self.cluster(3, environment=OFTEN), Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress()
        slow = cluster.others(cluster.wait_leader())[0]
        for round_ms in (0, 5, 20, 50, 100, 200, 400):
            slow.kill()
            load.wait_progress(2 * SNAPSHOT_ENTRIES)
            slow.start()
            time.sleep(round_ms / 1000)
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_all_nodes_may_crash_amid_their_snapshots(self):
        cluster, ledger = self.cluster(3, environment=OFTEN), Ledger()
        load = self.load(cluster, ledger)
        for _ in range(4):
            load.wait_progress(2 * SNAPSHOT_ENTRIES)
            cluster.kill()
            cluster.start()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)


@unittest.skipIf(NO_MOUNTS, NO_MOUNTS)
class FullDisks(RaftTest):
    def with_small_disk(self, number: int) -> tuple[RaftCluster, RaftNode, Path]:
        disk = small_disk(self, SMALL_DISK_BYTES)
        cluster = self.cluster(3, data_dirs={number: disk})
        return cluster, cluster.nodes[number], disk

    def wait_full(self, node: RaftNode) -> None:
        wait_for(lambda: node.status().get("disk_full"), 60, "the node says that its disk is full")

    def test_a_follower_without_room_holds_nobody_up_and_catches_up(self):
        cluster, full, disk = self.with_small_disk(1)
        ledger = Ledger()
        load = self.load(cluster, ledger)
        if cluster.wait_leader() is full:
            full.call("POST", "/raft/transfer_leadership", {})
            wait_for(lambda: cluster.leader_now() not in (None, full), 10, "another one leads")
        for _ in range(2):
            filler = fill(disk, 100_000)
            self.wait_full(full)
            load.wait_progress(100)
            self.assertTrue(full.process.running)
            filler.unlink()
            wait_for(lambda: full.status().get("disk_full") is False, 10, "it finds room")
            load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_a_leader_without_room_hands_over(self):
        cluster, full, disk = self.with_small_disk(2)
        ledger = Ledger()
        load = self.load(cluster, ledger)
        for _ in range(2):
            load.wait_progress()

            def leads() -> bool:
                leader = cluster.wait_leader()
                if leader is not full:
                    leader.call("POST", "/raft/transfer_leadership", {"target": full.id})
                return leader is full

            wait_for(leads, 20, "the node with the small disk leads")
            filler = fill(disk, 100_000)
            wait_for(lambda: cluster.leader_now() not in (None, full), 30, "another one leads")
            load.wait_progress(100)
            self.assertTrue(full.process.running)
            filler.unlink()
            wait_for(lambda: full.status().get("disk_full") is False, 10, "it finds room")
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_a_node_may_crash_on_its_full_disk(self):
        cluster, full, disk = self.with_small_disk(3)
        ledger = Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress()
        filler = fill(disk, 100_000)
        self.wait_full(full)
        full.kill()
        load.wait_progress()
        filler.unlink()
        full.start()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)


class LostDisks(RaftTest):
    def test_a_node_without_its_log_does_not_start(self):
        cluster = self.cluster(3)
        node = cluster.nodes[3]
        node.stop()
        for file in files_of(node):
            file.unlink()
        node.start()
        self.assertRegex(node.wait_refused(),
                         r"gavel: .*raft\.db: the log is missing.*RAFT_NODE_ID")

    def test_a_node_with_a_wiped_disk_is_refused_under_its_old_id(self):
        cluster, ledger = self.cluster(3), Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress()
        node = cluster.nodes[2]
        node.kill()
        shutil.rmtree(node.data_dir)
        node.start()
        self.assertRegex(node.wait_refused(),
                         "node 2 of this cluster has another disk.*RAFT_JOIN=1")
        del cluster.nodes[2]
        self.check_cluster(cluster, ledger, load)

    def test_data_of_another_cluster_is_refused(self):
        cluster = self.cluster(3)
        cluster.stop()
        first = cluster.folder / "first"
        for node in cluster.nodes.values():
            shutil.copytree(node.data_dir, first / str(node.id))
            shutil.rmtree(node.data_dir)
        cluster.start()  # at the same addresses, with new disks: another cluster
        node = cluster.nodes[2]
        node.stop()
        shutil.rmtree(node.data_dir)
        shutil.copytree(first / "2", node.data_dir)
        node.start()
        self.assertRegex(node.wait_refused(),
                         "node 2 has the data of cluster r[0-9a-f]+, this is cluster r[0-9a-f]+")
        del cluster.nodes[2]
        cluster.wait_leader()

    def test_data_of_another_node_is_refused(self):
        cluster = self.cluster(3)
        node = cluster.nodes[2]
        node.stop()
        shutil.rmtree(node.data_dir)
        cluster.nodes[1].stop()
        shutil.copytree(cluster.nodes[1].data_dir, node.data_dir)
        node.start()
        self.assertRegex(node.wait_refused(), "gavel: .*this is the data of node 1, not of node 2")

    def test_one_data_folder_serves_one_node(self):
        cluster = self.cluster(3)
        second = cluster.unlisted_node(1, cluster.nodes[1].host, 1, {
            "RAFT_PEERS": cluster.peers, "DATA_DIR": str(cluster.nodes[1].data_dir)}, "second")
        second.start()
        self.addCleanup(second.kill)
        self.assertRegex(second.wait_refused(), "gavel: .*(lock|in use|another process)")
        cluster.wait_leader()

    def test_a_damaged_identity_is_refused(self):
        cluster = self.cluster(3)
        node = cluster.nodes[1]
        node.stop()
        for text in ("", "{", '{"node_id": 1}', '{"node_id": "x", "disk_id": 1, "peers": 2, '
                     '"cluster_id": 3}'):
            with self.subTest(text):
                (node.data_dir / "raft-node.json").write_text(text)
                node.start()
                self.assertRegex(node.wait_refused().splitlines()[-1],
                                 r"gavel: .*raft-node\.json: this file is damaged")


class DamagedLogs(RaftTest):
    """A log whose bytes have changed may have lost votes or entries, and is not believed."""

    def setUp(self) -> None:
        self.running, ledger = self.cluster(3), Ledger()
        load = self.load(self.running, ledger)
        load.wait_progress(300)
        load.end()
        self.running.wait_equal_books()
        self.node = self.running.others(self.running.wait_leader())[0]
        self.node.stop()
        self.file = self.node.data_dir / "raft.db"
        self.sound = {path: path.read_bytes() for path in files_of(self.node)}

    def restore(self) -> None:
        for path in files_of(self.node):
            path.unlink()
        for path, content in self.sound.items():
            path.write_bytes(content)

    def test_changed_bytes_are_noticed_or_harmless(self):
        sound = self.sound[self.file]
        if sound[APPLICATION_ID_AT:APPLICATION_ID_AT + 4] == b"\0\0\0\0":
            self.skipTest("this log has no checksums")
        noticed = 0
        for part in range(1, 10):
            place = len(sound) * part // 10
            with self.subTest(f"byte {place} of {len(sound)}"):
                changed = bytearray(sound)
                for i in range(8):
                    changed[place + i] ^= 0xff
                self.file.write_bytes(changed)
                self.node.start()
                wait_for(lambda: not self.node.process.running or self.node.ask("/readyz"), 20,
                         "the node serves or ends")
                if self.node.process.running:  # it was a byte that holds nothing
                    self.running.wait_equal_books()
                    shown = {node.call("GET", "/auctions").body for node in self.running.alive()}
                    self.assertEqual(len(shown), 1)
                else:
                    noticed += 1
                    self.assertRegex(self.node.wait_refused().splitlines()[-1],
                                     r"gavel: .*raft\.db.*(wiped|new id)")
            self.node.kill()
            self.restore()
        self.assertGreaterEqual(noticed, 4)
        self.node.start()
        self.running.wait_equal_books(self.running.nodes.values())

    def test_a_log_cut_in_half_is_noticed(self):
        self.file.write_bytes(self.sound[self.file][:len(self.sound[self.file]) // 2])
        self.node.start()
        self.assertRegex(self.node.wait_refused().splitlines()[-1], r"gavel: .*raft\.db")

    def test_what_is_no_log_at_all_is_refused(self):
        for path in files_of(self.node):
            path.unlink()
        self.file.write_bytes(b"not a database, whatever it was " * 1000)
        self.node.start()
        self.assertRegex(self.node.wait_refused().splitlines()[-1], r"gavel: .*raft\.db")


if __name__ == "__main__":
    unittest.main()
