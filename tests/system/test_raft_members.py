#!/usr/bin/env python3
"""Who belongs to a cluster: nodes that join and leave under load, and callers and nodes that are
not what they say."""

from __future__ import annotations

import json
import shutil
import unittest

from harness.ledger import Ledger
from harness.raft_cluster import NO_ANSWER, RaftCluster, RaftNode
from harness.raft_messages import append_entries, bundle, request_vote
from harness.raft_test import RaftTest
from harness.waiting import wait_for

TOKEN = "a secret of this test"
APPEND = "/raft/append_entries"


def change(method: str, path: str, node: RaftNode, body=None, headers=None):
    """A change of the membership; asked again while the answer is that it is too early."""
    def answered():
        try:
            answer = node.call(method, path, body, headers)
        except NO_ANSWER:
            return None
        early = answer.status in (503, 504) or "not committed yet" in answer.text
        return None if early else answer

    return wait_for(answered, 20, f"{method} {path} is answered")


def role_of(cluster: RaftCluster, number: int) -> str | None:
    members = cluster.wait_leader().ask("/raft/members")["members"]
    return next((member["role"] for member in members if member["id"] == number), None)


class Membership(RaftTest):
    def join(self, cluster: RaftCluster, number: int, asked: RaftNode) -> RaftNode:
        node = cluster.new_node(number)
        node.start()
        wait_for(lambda: node.status().get("cluster_id"), 20, "it knows which cluster it joins")
        answer = change("POST", "/raft/members", asked, {"id": number, "url": node.url})
        self.assertIn(answer.status, (200, 409), str(answer))  # 409: it was added the first time
        wait_for(lambda: role_of(cluster, number) == "voter", 30, f"node {number} is a voter")
        return node

    def remove(self, cluster: RaftCluster, node: RaftNode, asked: RaftNode) -> None:
        answer = change("DELETE", f"/raft/members/{node.id}", asked)
        self.assertIn(answer.status, (200, 404), str(answer))
        node.kill()
        del cluster.nodes[node.id]
        wait_for(lambda: role_of(cluster, node.id) is None, 20, f"node {node.id} is no member")

    def test_one_joins_and_one_leaves_at_a_time_until_all_are_others(self):
        cluster, ledger = self.cluster(3), Ledger()
        load = self.load(cluster, ledger)
        for number in (4, 5, 6):
            load.wait_progress()
            newcomer = self.join(cluster, number, cluster.nodes[number - 3])
            load.add_node(newcomer)
            load.wait_progress()
            leaving = cluster.nodes[number - 3]
            load.remove_node(leaving)
            self.remove(cluster, leaving, newcomer)
        self.assertEqual(sorted(cluster.nodes), [4, 5, 6])
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)
        cluster.kill()
        cluster.start()
        self.check_cluster(cluster, ledger)

    def test_a_sixth_joins_five_and_the_leader_leaves(self):
        cluster, ledger = self.cluster(5), Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress()
        newcomer = self.join(cluster, 6, cluster.others(cluster.wait_leader())[0])
        load.add_node(newcomer)
        leader = cluster.wait_leader()
        load.remove_node(leader)
        self.remove(cluster, leader, leader)
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_a_node_that_lost_its_disk_comes_back_under_a_new_id(self):
        cluster, ledger = self.cluster(3, environment={"RAFT_SNAPSHOT_ENTRIES": "200"}), Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress(500)
        lost = cluster.others(cluster.wait_leader())[0]
        load.remove_node(lost)
        lost.kill()
        shutil.rmtree(lost.data_dir)
        lost.start()
        self.assertRegex(lost.wait_refused(), f"node {lost.id} of this cluster has another disk: .*"
                         f"DELETE /raft/members/{lost.id}.*new RAFT_NODE_ID and RAFT_JOIN=1")
        self.remove(cluster, lost, cluster.wait_leader())
        newcomer = self.join(cluster, 4, cluster.wait_leader())
        load.add_node(newcomer)
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_a_newcomer_may_crash_while_it_joins(self):
        cluster, ledger = self.cluster(3, environment={"RAFT_SNAPSHOT_ENTRIES": "200"}), Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress(500)
        node = cluster.new_node(4)
        node.start()
        wait_for(lambda: node.status().get("cluster_id"), 20, "it knows which cluster it joins")
        change("POST", "/raft/members", cluster.wait_leader(), {"id": 4, "url": node.url})
        node.kill()
        load.wait_progress()
        node.start()
        wait_for(lambda: role_of(cluster, 4) == "voter", 30, "node 4 is a voter")
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_wrong_changes_are_refused(self):
        cluster = self.cluster(3)
        leader = cluster.wait_leader()
        for asked in (leader, cluster.others(leader)[0]):
            for body, status in (({}, 400), ({"id": 4}, 400), ({"id": "4", "url": "x"}, 400),
                                 ({"id": 0, "url": "http://127.0.0.1:1"}, 400),
                                 ({"id": -1, "url": "http://127.0.0.1:1"}, 400),
                                 ({"id": 4, "url": "nonsense"}, 400),
                                 ({"id": 4, "url": "http://127.0.0.1:1"}, 409),
                                 ({"id": 4, "url": leader.url}, 409)):
                with self.subTest(f"{body} at node {asked.id}"):
                    answer = asked.call("POST", "/raft/members", body)
                    self.assert_answer(answer, status)
                    self.assertTrue(answer.json["error"])
            for path, status in (("/raft/members/9", 404), ("/raft/members/x", 404),
                                 ("/raft/members/99999999999999999999", 404)):
                self.assert_answer(asked.call("DELETE", path), status)
        self.assertEqual(len(leader.ask("/raft/members")["members"]), 3)

    def test_an_id_is_never_used_again(self):
        cluster = self.cluster(3)
        self.join(cluster, 4, cluster.wait_leader())
        for number, why in ((4, "the id 4 was used before in this cluster; ids are never used"),
                            (1, "node 1 of this cluster has another disk")):
            node = cluster.nodes[number]
            self.remove(cluster, node, cluster.others(node)[0])
            shutil.rmtree(node.data_dir)
            node.process.environment["RAFT_JOIN"] = "1"
            node.start()
            self.addCleanup(node.kill)
            self.assertRegex(node.wait_refused(), why)


class Strangers(RaftTest):
    """Calls that must change nothing."""

    def setUp(self) -> None:
        self.cluster_here = self.cluster(3, environment={"CLUSTER_TOKEN": TOKEN})
        self.leader = self.cluster_here.wait_leader()
        self.node, self.other = self.cluster_here.others(self.leader)
        self.term = self.leader.status()["term"]
        disks = {member["id"]: member["disk_id"]
                 for member in self.leader.ask("/raft/members")["members"]}
        self.headers = {"Gavel-Node": str(self.leader.id),
                        "Gavel-Disk": disks[self.leader.id],
                        "Gavel-Cluster": self.leader.status()["cluster_id"],
                        "Gavel-Cluster-Token": TOKEN,
                        "Content-Type": "application/octet-stream"}
        self.heartbeat = bundle(append_entries(self.leader.id, self.node.id, self.term))
        self.cluster_here.wait_equal_books()

    def what_must_stay(self) -> list:
        return [{name: value for name, value in node.status().items()
                 if name not in ("peers", "last_election_ms")}
                for node in self.cluster_here.nodes.values()]

    def assert_refused(self, status: int, why: str, body: bytes, path: str = APPEND,
                       logged: bool = True, **headers) -> None:
        before = self.what_must_stay()
        sent = {**self.headers, **{name.replace("_", "-"): value
                                   for name, value in headers.items()}}
        logged_before = self.node.log().count("refused")
        answer = self.node.call("POST", path, body,
                                {name: value for name, value in sent.items() if value is not None})
        self.assert_answer(answer, status)
        self.assertRegex(answer.json["error"], why)
        if logged:
            self.assertGreater(self.node.log().count("refused"), logged_before, "it is logged")
        self.assertEqual(self.what_must_stay(), before)

    def test_what_a_member_says_is_taken(self):
        answer = self.node.call("POST", APPEND, self.heartbeat, self.headers)
        self.assert_answer(answer, 200)

    def test_callers_that_are_not_members_are_refused(self):
        for sender in (4, 9, 1 << 40):
            self.assert_refused(403, f"node {sender} is not a member",
                                bundle(append_entries(sender, self.node.id, self.term + 5)),
                                Gavel_Node=str(sender))
            self.assert_refused(403, f"node {sender} is not a member",
                                bundle(request_vote(sender, self.node.id, self.term + 5, 9999, 99)),
                                "/raft/request_vote", Gavel_Node=str(sender))
        for header in (None, "", "0", "-1", "x", "1 2", "99999999999999999999999"):
            self.assert_refused(400, "Gavel-Node must be", self.heartbeat, Gavel_Node=header)

    def test_wrong_credentials_are_refused(self):
        for token in (None, "", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
            self.assert_refused(401, "token is missing or wrong", self.heartbeat,
                                Gavel_Cluster_Token=token)
        for cluster in (None, "", "r0123456789abcdef"):
            self.assert_refused(409, "belongs to cluster", self.heartbeat, Gavel_Cluster=cluster)
        for disk in (None, "", "0123456789abcdef"):
            self.assert_refused(409, "another disk", self.heartbeat, Gavel_Disk=disk)

    def test_changes_without_the_token_are_refused(self):
        for node in self.cluster_here.nodes.values():
            for token in ({}, {"Gavel-Cluster-Token": "wrong"}):
                self.assert_answer(node.call("POST", "/raft/members", {
                    "id": 4, "url": "http://127.0.0.1:1"}, token), 401)
                self.assert_answer(node.call("DELETE", "/raft/members/1", None, token), 401)
                self.assert_answer(node.call("POST", "/raft/transfer_leadership", {}, token), 401)
                self.assert_answer(node.call("POST", "/raft/hello", {}, token), 401)
        self.assertEqual(self.cluster_here.wait_leader(), self.leader)

    def test_damaged_messages_are_refused_as_a_whole(self):
        good = append_entries(self.leader.id, self.node.id, self.term)
        for place in range(0, len(good), 3):
            flipped = bytearray(good)
            flipped[place] ^= 0x40
            self.assert_refused(400, "checksum is wrong", bundle(bytes(flipped)))
        self.assert_refused(400, "checksum is wrong",
                            bundle(append_entries(self.leader.id, self.node.id, self.term,
                                                  commit=1 << 40), bytes(reversed(good))))
        for cut in (1, 3, 4, 20, len(self.heartbeat) - 1):
            self.assert_refused(400, "not a message: bytes end too early", self.heartbeat[:cut])
        self.assert_refused(400, "not a message", self.heartbeat + b"\0")
        self.assert_refused(400, "not a message", b"\xff" * 100)
        self.assert_refused(400, "not a message", bytes(range(256)) * 20)
        self.assert_refused(400, "not a message", json.dumps({"term": 99}).encode())

    def test_messages_from_or_to_others_are_refused(self):
        for sender, receiver in ((self.other.id, self.node.id), (self.leader.id, self.other.id),
                                 (self.node.id, self.node.id)):
            self.assert_refused(400, "not from its caller to this node",
                                bundle(append_entries(sender, receiver, self.term + 1)))

    def test_too_much_is_refused(self):
        self.assert_refused(413, ".", b"\0" * (1024 * 1024 + 1), logged=False)
        # Within the limit of a body, of a length that its head denies.
        self.assert_refused(400, "not a message", b"\xff\xff\xff\x7f" + b"\0" * 1000)

    def test_an_older_term_changes_nothing(self):
        # After an election an older term is there to speak in.
        answer = self.leader.call("POST", "/raft/transfer_leadership", {"target": self.node.id},
                                  {"Gavel-Cluster-Token": TOKEN})
        self.assert_answer(answer, 200)
        self.cluster_here.wait_leader()
        self.cluster_here.wait_equal_books()
        before = self.what_must_stay()
        last = self.node.status()["last_index"]
        for message in (append_entries(self.leader.id, self.node.id, self.term, commit=1 << 40),
                        append_entries(self.leader.id, self.node.id, self.term, last, self.term,
                                       last + 1, b"an entry of the past"),
                        request_vote(self.leader.id, self.node.id, self.term, 1 << 40, 1 << 40)):
            self.assert_answer(self.node.call("POST", APPEND, bundle(message), self.headers), 200)
        self.assertEqual(self.what_must_stay(), before)

    def test_other_methods_and_paths_are_told_so(self):
        self.assert_answer(self.node.call("GET", APPEND), 405)
        self.assert_answer(self.node.call("POST", "/raft/nonsense", b""), 404)


class Contradictions(RaftTest):
    """Nodes that cannot be right end with a sentence and a status other than 0."""

    def test_two_nodes_with_one_id_do_not_begin_a_cluster(self):
        cluster = self.unstarted_cluster(3)
        for number in (1, 2):
            cluster.nodes[number].start()
        second = cluster.unlisted_node(2, cluster.nodes[2].host, cluster.places[3][1],
                                       {"RAFT_PEERS": cluster.peers}, "second")
        self.addCleanup(second.kill)
        second.start()
        self.assertRegex(second.wait_refused(), "two nodes have the id 2|"
                         "said already that it is node 2|but node 2 answers there")

    def test_a_second_node_with_an_id_that_is_taken_is_refused(self):
        cluster = self.cluster(3)
        second = cluster.unlisted_node(2, cluster.nodes[2].host, cluster.network.place(4)[1],
                                       {"RAFT_PEERS": cluster.peers}, "second")
        self.addCleanup(second.kill)
        second.start()
        self.assertRegex(second.wait_refused(),
                         "node 2 of this cluster has another disk|two nodes have the id 2")
        cluster.wait_leader()

    def test_peer_lists_that_disagree_do_not_begin_a_cluster(self):
        cluster = self.unstarted_cluster(3)
        odd = cluster.nodes[3]
        odd.process.environment["RAFT_PEERS"] = cluster.peers + ",4=http://127.0.0.1:1"
        for node in cluster.nodes.values():
            node.start()
        wait_for(lambda: not all(node.process.running for node in cluster.nodes.values()), 10,
                 "one of them ends")
        told = "".join(node.log() for node in cluster.nodes.values())
        self.assertRegex(told, "the peer lists disagree: node . has RAFT_PEERS=.*, node . has ")
        for node in cluster.nodes.values():
            self.assertNotEqual(node.status().get("role"), "leader")

    def test_a_peer_list_that_changed_is_refused(self):
        cluster = self.cluster(3)
        node = cluster.nodes[3]
        node.stop()
        node.process.environment["RAFT_PEERS"] = cluster.peers + ",4=http://127.0.0.1:1"
        node.start()
        self.assertRegex(node.wait_refused(), "gavel: .*the cluster was begun with RAFT_PEERS=")
        cluster.wait_leader()

    def test_a_node_without_the_token_is_refused(self):
        cluster = self.cluster(3, environment={"CLUSTER_TOKEN": TOKEN})
        node = cluster.nodes[3]
        node.stop()
        node.process.environment["CLUSTER_TOKEN"] = "another"
        node.start()
        self.assertRegex(node.wait_refused(), "the cluster's token is missing or wrong")
        cluster.wait_leader()

    def test_settings_that_cannot_be_are_refused(self):
        cluster = self.unstarted_cluster(1)
        node = cluster.nodes[1]
        sound = dict(node.process.environment)
        for name, value, why in (
                ("RAFT_NODE_ID", "0", "RAFT_NODE_ID"), ("RAFT_NODE_ID", "x", "RAFT_NODE_ID"),
                ("RAFT_NODE_ID", "7", "RAFT_PEERS does not name this node"),
                ("RAFT_PEERS", "", "RAFT_PEERS"), ("RAFT_PEERS", "1", "RAFT_PEERS"),
                ("RAFT_PEERS", cluster.peers + "," + cluster.peers, "twice"),
                ("RAFT_PEERS", "1=ftp://x", "RAFT_PEERS"), ("RAFT_JOIN", "yes", "RAFT_JOIN"),
                ("RAFT_HEARTBEAT_MS", "5", "RAFT_HEARTBEAT_MS"),
                ("RAFT_ELECTION_TIMEOUT_MS", "300", "RAFT_ELECTION_TIMEOUT_MS"),
                ("RAFT_ELECTION_TIMEOUT_MS", "40-60", "RAFT_ELECTION_TIMEOUT_MS"),
                ("RAFT_ELECTION_TIMEOUT_MS", "300-200", "RAFT_ELECTION_TIMEOUT_MS"),
                ("RAFT_SNAPSHOT_ENTRIES", "1", "RAFT_SNAPSHOT_ENTRIES")):
            with self.subTest(f"{name}={value}"):
                node.process.environment = {**sound, name: value}
                node.start()
                last = node.wait_refused().splitlines()[-1]
                self.assertRegex(last, f"^gavel: .*{why}")


if __name__ == "__main__":
    unittest.main()
