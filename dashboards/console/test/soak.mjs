// The live stream under forced reconnects: `node soak.mjs URL SECONDS`. One reader never lets go, others are cut off again and
// again and go on after their last message; all must have seen the same messages in the same order, without gap or repeat.
const [base, seconds] = process.argv.slice(2);
const end = Date.now() + Number(seconds) * 1000;

/** Reads for `ms`, from the oldest message or after `last`; then the connection is cut, wherever it is. */
async function read(last, ms, onMessage) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ms);
  try {
    const answer = await fetch(`${base}/api/v1/stream${last ? '' : '?since=start'}`, { headers: last ? { 'Last-Event-ID': last } : {}, signal: stop.signal });
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of answer.body) {
      rest += decoder.decode(chunk, { stream: true }).replaceAll('\r\n', '\n');
      for (let at = rest.indexOf('\n\n'); at >= 0; at = rest.indexOf('\n\n')) {
        const members = rest.slice(0, at).split('\n').filter((line) => line.indexOf(':') > 0).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
        rest = rest.slice(at + 2);
        const message = Object.fromEntries(members);
        if (message.data) onMessage(message);
      }
    }
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  } finally {
    clearTimeout(timer);
  }
}

const whole = [];
const steady = read('', Number(seconds) * 1000 + 2500, (message) => whole.push(message.id));
const readers = Array.from({ length: 4 }, () => ({ ids: [], last: '', reconnects: 0, resyncs: 0 }));
await Promise.all(readers.map(async (reader, n) => {
  const take = (message) => {
    if (message.event === 'resync') { reader.resyncs++; return; }
    reader.ids.push(message.id);
    reader.last = message.id;
  };
  while (Date.now() < end) {
    await read(reader.last, 120 + 90 * n, take);
    reader.reconnects++;
  }
  await read(reader.last, 1500, take); // what is still on its way
}));
await steady;
let gaps = 0, repeats = 0, resyncs = 0, reconnects = 0;
for (const reader of readers) {
  repeats += reader.ids.length - new Set(reader.ids).size;
  resyncs += reader.resyncs;
  reconnects += reader.reconnects;
  const upTo = whole.indexOf(reader.last);
  if (upTo < 0 || reader.ids.length !== upTo + 1 || reader.ids.some((id, at) => id !== whole[at])) gaps++;
}
console.log(JSON.stringify({ messages: whole.length, readers: readers.length, reconnects, resyncs, gaps, repeats }));
process.exit(gaps + repeats + resyncs > 0 || whole.length === 0 ? 1 : 0);
