// The cluster's panel: against a real cluster, and against answers of a gateway
// that are hard to come by.

import assert from 'node:assert/strict';

import { eventually, expectCount, expectText } from './expect.mjs';
import { GavelCluster } from './gavel_cluster.mjs';
import { scenarios } from './scenarios.mjs';

const CLUSTER = '**/api/cluster';

const { scenario: anyScenario } = scenarios({ launch: () => GavelCluster.launch() });

function scenario(name, run, options = {}) {
  anyScenario(name, run, {
    live: false,
    url: ({ dashboardUrl }) => `${dashboardUrl}#/operators`,
    timeout: 90_000,
    ...options,
  });
}

// The page is answered by `answer.body` instead of the gateway.
function answered(answer) {
  return {
    beforeLoad: (page) => page.route(CLUSTER, (route) => {
      answer.count = (answer.count ?? 0) + 1;
      if (answer.body === null) return route.abort('connectionrefused');
      return route.fulfill({ status: answer.status ?? 200, json: answer.body });
    }),
  };
}

function node(id, fields = {}) {
  return {
    url: `raft_node_${id}:9001`, node_id: id, role: 'follower', term: 7, leader_id: 1,
    commit_index: 1234567, applied_index: 1234567, last_index: 1234567, lag: 0,
    last_election_ms: 1_700_000_000_000, reachable: true, ...fields,
  };
}

const unreachable = (id) => node(id, {
  role: null, term: null, leader_id: null, commit_index: null, lag: 52, last_election_ms: null,
  reachable: false,
});

scenario('every node of a real cluster has a row, and one leads', async (dashboard) => {
  await expectText(dashboard.clusterNews, /^Node [123] leads$/);
  for (const id of [1, 2, 3]) {
    await expectText(dashboard.nodeRow(`Node ${id}`), /(Leader|Follower)\s+\d+\s+\d+\s+0/);
  }
  await expectCount(dashboard.cluster.locator('[data-state="leader"]'), 1);
  await expectText(dashboard.cluster.locator('#cluster-term'), /^Term \d+$/);
});

scenario('a new leader is announced, the old one shown as unreachable until it is back',
  async (dashboard, gavel) => {
    await expectText(dashboard.clusterNews, /^Node [123] leads$/);
    const { leader_id: old, term } = await gavel.status();
    await gavel.kill(old);
    try {
      await expectText(dashboard.nodeRow(`Node ${old}`), /Unreachable/, 20_000);
      await eventually(async () => {
        const words = await dashboard.clusterNews.innerText();
        assert.match(words, /^Node [123] leads$/);
        assert.notEqual(words, `Node ${old} leads`);
      }, 20_000);
      assert.ok((await gavel.status()).term > term);
      await dashboard.create({ name: `Bought after ${old}`, startingBid: '10' });
      await dashboard.go('#/auctions');
      await expectCount(dashboard.card(`Bought after ${old}`), 1);
      await dashboard.go('#/operators');
    } finally {
      gavel.start(old);
    }
    await expectText(dashboard.nodeRow(`Node ${old}`), /Follower\s+\d+\s+\d+\s+0/, 20_000);
  });

const noCluster = { body: { nodes: [] } };
scenario('without a cluster there is no panel, and it is not asked about every second',
  async (dashboard) => {
    await expectText(dashboard.connection, 'Live');
    await eventually(() => assert.ok(noCluster.count > 0));
    await expectCount(dashboard.page.locator('#cluster:visible'), 0);
    assert.equal(noCluster.count, 1);
  }, answered(noCluster));

const election = { body: {
  leader_id: null,
  term: 8,
  nodes: [unreachable(1), node(2, { role: 'candidate', term: 8, leader_id: null, lag: null }),
    node(3, { lag: null })],
} };
scenario('an election and a node that is gone are told in words', async (dashboard) => {
  await expectText(dashboard.clusterNews, 'Election under way');
  await expectText(dashboard.nodeRow('Node 1'), /Unreachable\s+–\s+–\s+52\s+–$/);
  await expectText(dashboard.nodeRow('Node 2'), /Electing\s+8\s+1,234,567\s+–/);
  election.body = { leader_id: 2, term: 8, nodes: [unreachable(1), node(2, { role: 'leader' }),
    node(3, { lag: 4 })] };
  await expectText(dashboard.clusterNews, 'Node 2 leads');
  await expectText(dashboard.nodeRow('Node 3'), /Follower\s+7\s+1,234,567\s+4/);
  election.body = { leader_id: 1, term: 8, nodes: [unreachable(1), node(2), node(3)] };
  await expectText(dashboard.clusterNews, 'Node 1, the leader, does not answer');
  election.body = { leader_id: null, term: 8, nodes: [unreachable(1), unreachable(2), node(3)] };
  await expectText(dashboard.clusterNews, 'No majority: 1 of 3 nodes answer, bids wait');
  election.body = null;
  await expectText(dashboard.clusterNews, 'The gateway does not answer');
  election.body = { leader_id: null, term: null, nodes: [1, 2, 3].map(unreachable) };
  await expectText(dashboard.clusterNews, 'No node answers');
}, answered(election));

const quiet = { body: { leader_id: 1, term: 7, nodes: [node(1, { role: 'leader' }), node(2)] } };
scenario('what stays the same is not announced again', async (dashboard) => {
  await expectText(dashboard.clusterNews, 'Node 1 leads');
  await dashboard.page.evaluate(() => {
    window.announcements = 0;
    new MutationObserver((records) => { window.announcements += records.length; })
      .observe(document.getElementById('cluster-leader'),
        { childList: true, characterData: true, subtree: true });
  });
  const asked = quiet.count;
  quiet.body = { leader_id: 1, term: 7, nodes: [node(1, { role: 'leader', commit_index: 9 }),
    node(2, { lag: 3 })] };
  await eventually(() => assert.ok(quiet.count > asked + 1));
  await expectText(dashboard.nodeRow('Node 2'), /\s3\s/);
  assert.equal(await dashboard.page.evaluate(() => window.announcements), 0);
}, answered(quiet));

const hostile = '<img src=x onerror=alert(1)>';
scenario('whatever is in an answer is text', async (dashboard) => {
  await expectText(dashboard.cluster.locator('.node-url'), hostile);
  await expectCount(dashboard.cluster.locator('img'), 0);
}, answered({ body: { leader_id: hostile, term: hostile, nodes: [
  node(1, { url: hostile, node_id: hostile, role: hostile, term: hostile, lag: hostile }),
] } }));

scenario('on a phone the table scrolls and the page does not', async (dashboard) => {
  await expectText(dashboard.clusterNews, /leads$/);
  const widths = await dashboard.page.evaluate(() => [
    document.documentElement.scrollWidth, document.documentElement.clientWidth,
  ]);
  assert.equal(widths[0], widths[1]);
}, { contextOptions: { viewport: { width: 360, height: 740 } } });
