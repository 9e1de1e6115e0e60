// What the pages compute, without a browser.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
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

test('the queue of cases stays as it was opened, and a step waits for it', async () => {
  const { Queue, step } = await page.load('/src/queue.ts');
  const of = (...ids) => ids.map((id) => ({ id }));
  const answers = [];
  const queue = new Queue(() => new Promise((give, fail) => { answers.push({ give, fail }); }));
  const early = queue.items('OPEN'); // a key before the list is there
  answers[0].give(of('C-1', 'C-2', 'C-3'));
  assert.equal(step(await early, 'C-1', 1), 'C-2');
  assert.equal(step(await queue.items('OPEN'), 'C-2', -1), 'C-1');
  assert.equal(answers.length, 1, 'walking does not read it again');
  const shown = queue.renew('OPEN'); // the list, shown again: a case was opened before the first
  answers[1].give(of('C-9', 'C-1'));
  assert.equal(step(await shown, 'C-9', -1), 'C-1', 'round at the end');
  assert.equal(step(await queue.items('OPEN'), 'C-3', 1), 'C-9', 'a case that left the queue: its first');
  assert.equal(step(await queue.items('OPEN'), 'C-3', -1), 'C-1', 'or its last');
  const failed = queue.items('CLOSED_VICTIM'); // another filter is another queue
  answers[2].fail(new Error('down'));
  await assert.rejects(failed);
  const after = queue.items('CLOSED_VICTIM');
  answers[3].give([]);
  assert.equal(step(await after, 'C-1', 1), null);
});

test('every detector that has a card has a name in both languages', async () => {
  const { say } = await page.load('/src/words.ts');
  const { lang } = await page.load('/src/settings.ts');
  const cards = readdirSync(new URL('../../../../detectors', import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    .map((entry) => readFileSync(new URL(`../../../../detectors/${entry.name}/README.md`, import.meta.url), 'utf8').split('\n', 1)[0]);
  const numbers = cards.flatMap((title) => title.split(':', 1)[0].match(/\bD\d+\b/g) ?? []);
  assert.ok(numbers.length >= 30, numbers.join());
  const before = lang.value;
  for (const language of ['en', 'zh']) {
    lang.value = language;
    for (const number of numbers) assert.notEqual(say(number), number, language);
  }
  lang.value = before;
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

const scan = (code, at, more = {}) => ({ event: { type: 'parcel.scan', source: 'sf', event_time: `2026-11-${at}:00:00.000+08:00`, code, ...more } });

test('a parcel is walked station by station: what is missing and what goes backwards is told', async () => {
  const { walk, weightOf, histogram, WEIGHT_EDGES } = await page.load('/src/evidence.ts');
  const honest = { carrier: 'sf', waybill: 'SF1', scans: [scan('picked_up', '11T09', { outlet_id: 'A', weight_g: 700 }), scan('arrived', '11T10', { outlet_id: 'A' }), scan('arrived', '11T20', { outlet_id: 'H', outlet_kind: 'hub' }),
    scan('arrived', '12T06', { outlet_id: 'B' }), scan('out_for_delivery', '12T08'), scan('signed', '12T10')] };
  const good = walk(honest, '2026-11-11T08:00:00.000+08:00');
  assert.deepEqual(good.stops.map((s) => s.station), ['paid', 'picked_up', 'hub', 'arrived', 'delivering', 'signed']);
  assert.equal(good.stops[3].at, '2026-11-12T06:00:00.000+08:00', 'an arrival where it began is none');
  assert.deepEqual([good.missing, good.backwards], [[], 0]);
  const empty = { carrier: 'sf', waybill: 'SF2', scans: [scan('signed', '11T09'), scan('arrived', '11T12', { outlet_id: 'B', weight_g: 40 })] };
  const bad = walk(empty, '');
  assert.deepEqual(bad.missing, ['picked_up', 'hub', 'delivering']);
  assert.equal(bad.backwards, 1, 'signed before it arrived');
  assert.deepEqual([weightOf(honest), weightOf(empty)], [700, 40]);
  const counts = histogram([40, 50, 51, 9000, 0]);
  assert.deepEqual([counts[0], counts[1], counts[WEIGHT_EDGES.length - 1]], [2, 1, 1], 'who was never weighed is not light');
});

test('resembling reviews are paired, each once, never of one buyer', async () => {
  const { pairs, distance } = await page.load('/src/evidence.ts');
  assert.equal(distance('ffffffffffffffff', 'fffffffffffffff0'), 4);
  const review = (id, buyer, simhash) => ({ event: { type: 'review.posted', source: 'taobao', event_time: '2026-11-11T00:00:00.000+08:00', review_id: id, buyer_pid: buyer, simhash } });
  const [a, b, c, d] = [review('a', '1', '00000000000000ff'), review('b', '2', '00000000000000fe'), review('c', '1', '00000000000000ff'), review('d', '3', 'f0000000000000ff')];
  const found = pairs([a, b, c, d], 6);
  assert.deepEqual(found.map((p) => [p.a.event.review_id, p.b.event.review_id, p.bits]), [['a', 'b', 1], ['c', 'd', 4]]);
});

test('places outside the province stand at the edge, in their direction', async () => {
  const { place } = await page.load('/src/parts/Province.tsx');
  const { CITIES, OUTLINE } = await page.load('/src/parts/shaanxi.ts');
  for (const c of CITIES) assert.ok(!place(c.lat, c.lon).outside, c.en);
  for (const [lon, lat] of OUTLINE) assert.ok(!place(lat, lon).outside, `${lon} ${lat}`);
  const hangzhou = place(30.27, 120.16);
  assert.ok(hangzhou.outside && hangzhou.x > 280);
});

test('a text is known by the fingerprint that the door computed, and what two share is marked', async () => {
  const { print, shared } = await page.load('/src/simhash.ts');
  // The values of tests/unit/connectors/codec/rules_test.cc.
  assert.deepEqual(print('质量很好,物流很快!Ａ１ OK'), { simhash: 'bb0b24913e6b7bc7', points: 15 });
  assert.equal(print('好').simhash, '8a41e5d492635cef');
  assert.deepEqual(print('Straße\u200bfull'), { simhash: '33de0c775090fe0c', points: 11 });
  assert.equal(print('').simhash, '');
  assert.deepEqual(shared('质量很好,物流很快', '发货很慢,物流很快'), [{ text: '质量很好', shared: false }, { text: ',物流很快', shared: true }]);
});
