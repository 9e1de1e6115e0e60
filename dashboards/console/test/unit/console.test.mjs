// What the pages compute, without a browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { modules } from '../modules.mjs';

let page;
before(async () => { page = await modules(); });
after(() => page.done());

test('a view and its filters survive the way through the URL', async () => {
  const { parse, format } = await page.load('/src/route.ts');
  for (const route of [{ page: 'alerts', id: '', query: { severity: 'urgent', q: '店 铺&1' } }, { page: 'subject', id: 'taobao:S/1?#', query: {} }]) assert.deepEqual(parse(format(route)), route);
  assert.equal(format({ page: 'alerts', query: { z: '1', a: '2', empty: '' } }), '#/alerts?a=2&z=1');
  assert.equal(parse('').page, 'alerts');
});

test('a stream cut anywhere gives the same messages', async () => {
  const { Parser } = await page.load('/src/stream.ts');
  const text = 'retry: 500\n\n: heartbeat\n\nid: 1\nevent: alert\ndata: {"a":1}\n\nid: 2\ndata: one\ndata: two\n\n';
  const whole = new Parser().push(text);
  assert.deepEqual(whole, [{ id: '1', event: 'alert', data: '{"a":1}' }, { id: '2', event: 'message', data: 'one\ntwo' }]);
  for (let cut = 1; cut < text.length; ++cut) {
    const parser = new Parser();
    assert.deepEqual([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))], whole, `cut at ${cut}`);
  }
});

test('Prometheus text is read with its labels, escapes and infinities', async () => {
  const { parse, sum, by } = await page.load('/src/prom.ts');
  const samples = parse('# HELP a x\n# TYPE a counter\na_total{source="o\\"1",result="event"} 3\na_total{source="p",result="event"} 4 1700000000\nb_bucket{le="+Inf"} +Inf\nc 0.5\n');
  assert.equal(samples.length, 4);
  assert.equal(samples[0].labels.source, 'o"1');
  assert.equal(sum(samples, 'a_total'), 7);
  assert.equal(sum(samples, 'a_total', { source: 'p' }), 4);
  assert.deepEqual([...by(samples, 'a_total', 'source')], [['o"1', 3], ['p', 4]]);
  assert.equal(samples[2].value, Infinity);
});

test('the same graph lies in the same place, whatever the order of its nodes', async () => {
  const { layout } = await page.load('/src/parts/graph_layout.ts');
  const nodes = Array.from({ length: 300 }, (_, n) => ({ id: n === 0 ? 'subject:s' : `evidence:${n}`, kind: n === 0 ? 'subject' : 'evidence', label: '', hop: n === 0 ? 0 : 1 + (n % 3) }));
  const edges = nodes.slice(1).map((n, at) => ({ from: at % 7 ? nodes[at].id : 'subject:s', to: n.id, reason: 'rests_on', weight: 1 }));
  const places = (graph) => layout(graph, 860, 520).map((p) => [p.node.id, p.x, p.y]);
  const graph = { subject: 's', nodes, edges, nodes_left_out: 0, edges_left_out: 0 };
  const first = places(graph);
  assert.deepEqual(places({ ...graph, nodes: [...nodes].reverse() }), first);
  assert.deepEqual(first.find(([id]) => id === 'subject:s').slice(1), [430, 260], 'the subject stays in the middle');
  for (const [id, x, y] of first) assert.ok(x >= 14 && x <= 846 && y >= 14 && y <= 506, `${id} is in the picture`);
});

test('the newest version of an alert wins, however late an older one comes', async () => {
  const { merge, matches } = await page.load('/src/pages/Alerts.tsx');
  const alert = (version, more = {}) => ({ id: 'A-1', version, pattern: 'fake_trade', severity: 'alert', direction: 'promote', state: 'standing', subject: { kind: 'shop', id: 'taobao:S1' }, ...more });
  let known = new Map();
  for (const version of [2, 1, 3, 3]) known = merge(known, alert(version));
  assert.equal(known.get('A-1').version, 3);
  assert.ok(matches(alert(1), { q: 's1', severity: 'alert' }));
  assert.ok(!matches(alert(1), { severity: 'urgent' }));
  assert.ok(!matches(alert(1), { q: 'S2' }));
});

test('a removal shows as a removal, a deadline as overdue the moment it is', async () => {
  const { change } = await page.load('/src/pages/Lists.tsx');
  const { overdue, dues, stateOf } = await page.load('/src/record.ts');
  const entry = (of) => ({ type: 'entry', id: 'L-1', entry: of });
  assert.equal(change(entry({ state: 'LISTED', listed_at: '2026-11-10T00:00:00.000+08:00' }), '2026-11-01T00:00:00+08:00'), 'entryadded');
  assert.equal(change(entry({ state: 'RECTIFYING', listed_at: '2026-10-10T00:00:00.000+08:00' }), '2026-11-01T00:00:00+08:00'), 'entrychanged');
  assert.equal(change(entry({ state: 'REPAIRED', listed_at: '2026-11-10T00:00:00.000+08:00' }), '2026-11-01T00:00:00+08:00'), 'entryremoved');
  const due = { kind: 'reply', last_day: '2026-11-20', until: '2026-11-21T00:00:00.000+08:00' };
  assert.equal(overdue(due, Date.parse(due.until) - 1), false);
  assert.equal(overdue(due, Date.parse(due.until)), true);
  assert.deepEqual(dues(entry({ due })), [due]);
  assert.equal(stateOf(entry({ state: 'LISTED' })), 'LISTED');
});

test('both languages have every word', async () => {
  const { say, t } = await page.load('/src/words.ts');
  const { lang } = await page.load('/src/settings.ts');
  lang.value = 'zh';
  assert.equal(t('alerts'), '预警');
  assert.equal(say('unheard_of'), 'unheard_of');
  lang.value = 'en';
  assert.equal(say('fake_trade'), 'fake trade');
});
