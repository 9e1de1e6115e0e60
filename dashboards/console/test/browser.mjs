// The console in a real browser, against a running program that was fed a world: `node browser.mjs URL WORLD_FOLDER [PICTURES_FOLDER]`.
// Prints one JSON object: what was checked, what was found. Exit code 1 when something was.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [base, world, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const faults = [];
const found = { pages: 0, axe_violations: 0, keys: 0, first_paint_ms: 0, pictures: 0 };
// What holds a little later holds: a machine that does other work as well is slow, not wrong.
const expect = async (what, holds) => {
  const until = Date.now() + 20_000;
  let held = await holds();
  while (!held && Date.now() < until) {
    await new Promise((wake) => { setTimeout(wake, 100); });
    held = await holds();
  }
  if (held) found.keys++; else faults.push(what);
};

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
await context.addInitScript({ content: axe });
await context.addInitScript(() => {
  // When the first row with data stands in the page.
  const watch = new MutationObserver(() => { if (!window.firstRow && document.querySelector('tr[data-row]')) window.firstRow = performance.now(); });
  watch.observe(document, { childList: true, subtree: true });
});
context.setDefaultTimeout(120_000); // a machine that does other work as well is slow, not wrong
const page = await context.newPage();
page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
page.on('console', (message) => { if (message.type() === 'error' && !/40[34]|Failed to load resource/.test(message.text())) faults.push(`console: ${message.text()}`); });

const to = async (hash) => {
  await page.goto(`${base}/console/${hash}`);
  await page.reload(); // a hash alone does not load the page again
  await page.locator('main > div').first().waitFor();
};
const settle = async (name) => {
  await page.waitForLoadState('domcontentloaded');
  if (name === 'subject') {
    await page.locator('.graph svg g.node').first().waitFor();
    await page.locator('.events h4').first().waitFor(); // the ledger was read
  }
  if (name === 'detectors') await page.locator('tbody tr').first().waitFor();
  if (name === 'health') await page.locator('.tiles').waitFor();
  if (name === 'alerts' || name === 'subjects') await page.locator('tr[data-row]').first().waitFor();
  await page.waitForTimeout(name === 'health' ? 4_500 : 300);
};

await to('#/alerts');
await settle('alerts');
// The subject with the most reasons has the most to show.
const subjects = await page.evaluate(async () => {
  const { items } = await (await fetch('/api/v1/alerts?limit=200')).json();
  return items.sort((a, b) => b.reasons_total - a.reasons_total || (a.id < b.id ? -1 : 1)).map((a) => a.subject.id);
});
// Of the loudest, the one whose evidence has most to look at; and one with reviews that resemble each other.
const looked = await page.evaluate(async (ids) => {
  const out = [];
  for (const id of [...new Set(ids)].slice(0, 30)) {
    const of = await (await fetch(`/api/v1/subjects/${encodeURIComponent(id)}/evidence?places=400`)).json();
    out.push({ id, tracks: of.tracks?.filter((t) => t.scans.length > 1).length ?? 0, reviews: of.events?.map((e) => e.event).filter((e) => e.type.startsWith('review.') && e.simhash && e.text_points > 5) ?? [] });
  }
  return out;
}, subjects);
const rich = [...looked].sort((a, b) => b.tracks + b.reviews.length - a.tracks - a.reviews.length || (a.id < b.id ? -1 : 1))[0];
const reviewed = looked.filter((l) => new Set(l.reviews.map((r) => r.buyer_pid)).size > 1).sort((a, b) => b.reviews.length - a.reviews.length)[0];
subjects.unshift(rich.id);
const cases = await page.evaluate(async () => (await (await fetch('/api/v1/cases?limit=50')).json()).items ?? []);
const PAGES = [['alerts', '#/alerts'], ['subjects', '#/subjects'], ['subject', `#/subject/${encodeURIComponent(subjects[0])}`], ['cases', '#/cases'],
  ...(cases.length ? [['case', `#/cases/${encodeURIComponent((cases.find((c) => ['OPEN', 'EXPLAIN'].includes(c.case?.state ?? c.state)) ?? cases[0]).id)}`]] : []), ['lists', '#/lists?since=2026-01-01'], ['detectors', '#/detectors'], ['health', '#/health']];

// Every page, in both languages, light and dark: nothing that axe objects to.
for (const lang of ['en', 'zh']) {
  for (const theme of ['light', 'dark']) {
    await page.evaluate(([l, t]) => { localStorage.setItem('lang', l); localStorage.setItem('theme', t); }, [lang, theme]);
    for (const [name, hash] of PAGES) {
      await to(hash);
      await settle(name);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      for (const v of violations) faults.push(`axe: ${name} ${lang} ${theme}: ${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 160)}`);
      found.axe_violations += violations.length;
      found.pages++;
      // One picture of each page; the two that matter most also in Chinese and dark.
      const wanted = (lang === 'en' && theme === 'light') || (lang === 'zh' && theme === 'dark' && (name === 'subject' || name === 'alerts'));
      if (pictures && wanted) {
        await page.screenshot({ path: `${pictures}/console-${name}${lang === 'zh' ? '-zh-dark' : ''}.png`, fullPage: name === 'subject' || name === 'case' || name === 'health' });
        found.pictures++;
      }
    }
  }
}
await page.evaluate(() => { localStorage.setItem('lang', 'en'); localStorage.setItem('theme', 'light'); });

// The keyboard alone.
const hash = () => page.evaluate(() => location.hash);
const press = async (key) => { await page.keyboard.press(key); await page.waitForTimeout(150); };
await to('#/alerts');
await settle('alerts');
for (const [key, name] of [['2', 'subjects'], ['3', 'cases'], ['4', 'lists'], ['5', 'detectors'], ['6', 'health'], ['1', 'alerts']]) { await press(key); await expect(`${key} goes to ${name}`, async () => (await hash()).startsWith(`#/${name}`)); }
await settle('alerts');
await press('l');
await expect('l changes the language', async () => (await page.evaluate(() => document.documentElement.lang)) === 'zh-CN');
await press('l');
await press('t');
await expect('t changes the colours', async () => (await page.evaluate(() => document.documentElement.dataset.theme)) === 'dark');
await press('t');
await press('?');
await expect('? shows the keys', async () => await page.locator('dialog[open]').isVisible());
await press('Escape');
await expect('Escape takes them away', async () => !(await page.locator('dialog[open]').isVisible()));
await press('j');
await expect('j moves down', async () => (await page.locator('tr.at').getAttribute('data-row')) === '1');
await press('k');
await expect('k moves up', async () => (await page.locator('tr.at').getAttribute('data-row')) === '0');
await press('p');
await expect('p pauses, and the URL says so', async () => (await hash()).includes('paused=1') && (await page.locator('button[aria-pressed=true]').count()) === 1);
await press('p');
await expect('p goes on', async () => !(await hash()).includes('paused'));
await press('Enter');
await expect('Enter opens the subject', async () => (await hash()).startsWith('#/subject/'));
await page.locator('.graph svg g.node').first().waitFor();
await page.locator('.graph g.node-alert').first().focus();
await press('Enter');
await expect('Enter on a node says why', async () => (await page.locator('figcaption strong').count()) > 0);
await press('Backspace');
await expect('Backspace goes back', async () => (await hash()).startsWith('#/alerts'));
await settle('alerts');
await press('/');
await page.keyboard.type('S0');
await press('Escape');
await expect('/ searches, and the URL keeps it', async () => (await hash()).includes('q=S0'));
await page.keyboard.press('Tab');
await expect('Tab reaches the filters', async () => ['SELECT', 'BUTTON'].includes(await page.evaluate(() => document.activeElement.tagName)));
await to('#/alerts?severity=urgent');
await settle('alerts');
await expect('a link with filters opens filtered', async () => (await page.locator('td .chip.sev-notice').count()) === 0 && (await page.locator('td .chip.sev-urgent').count()) > 0);
await page.emulateMedia({ media: 'print' });
await expect('in print there is no navigation', async () => !(await page.locator('nav').isVisible()));
await page.emulateMedia({ media: 'screen' });

// The recorded events on the subject's page.
await to(`#/subject/${encodeURIComponent(rich.id)}`);
await settle('subject');
await expect('the timeline has a dot for each recorded event', async () => (await page.locator('.timeline circle.event').count()) > 0);
await expect('a parcel is drawn on the expected path', async () => (await page.locator('.track circle').count()) === 6 && (await page.locator('.track .leg').count()) > 0);
await expect('and on the map', async () => (await page.locator('.province .way.chosen polyline').count()) === 1);
await expect('the weights are a histogram', async () => (await page.locator('.weights rect.bar').count()) > 3);
await page.locator('.parcels select').focus();
const chosen = () => page.locator('.track').getAttribute('aria-label');
const before = await chosen();
await press('ArrowDown');
await expect('an arrow chooses the next parcel', async () => rich.tracks < 2 || (await chosen()) !== before);
if (reviewed) {
  await to(`#/subject/${encodeURIComponent(reviewed.id)}`);
  await settle('subject');
  const texts = new Map(readFileSync(`${world}/reviews.ndjson`, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)).map((r) => [r.review_id, r.text]));
  const sides = page.locator('.pair').first().locator('.side');
  for (const side of [0, 1]) {
    const id = await sides.nth(side).locator('code').first().textContent();
    await sides.nth(side).locator('textarea').fill(texts.get(id) ?? texts.get(id.split(':').at(-1)) ?? '');
  }
  await expect('a pasted text is known as the recorded one', async () => (await page.locator('.side .good').count()) === 2);
  await expect('what two reviews share is marked', async () => (await page.locator('.excerpt mark').count()) > 0);
  if (pictures) { await page.locator('.pair').first().screenshot({ path: `${pictures}/console-reviews.png` }); found.pictures++; }
  await sides.first().locator('textarea').fill('another text');
  await expect('another text is told to be another', async () => (await page.locator('.side .note.warn').count()) === 1);
} else faults.push('no subject has reviews to compare');

// A case from its queue to a decision, by the keyboard alone.
if (cases.length > 1) {
  await to('#/cases');
  await page.locator('tr[data-row]').first().waitFor();
  await press('j');
  await press('k');
  await press('Enter');
  await expect('Enter opens the case at the cursor', async () => (await hash()).startsWith('#/cases/C-'));
  await page.locator('.review').waitFor();
  const first = await hash();
  await page.reload(); // by a link: nobody has shown the queue, the key reads it
  await page.locator('.review').waitFor();
  await press('j');
  await expect('j takes the next case', async () => (await hash()) !== first);
  await press('k');
  await expect('k takes the one before', async () => (await hash()) === first);
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.waitForTimeout(400);
  await expect('j and k in one breath lead nowhere', async () => (await hash()) === first);
  await page.locator('.review').waitFor();
  await to(PAGES.find(([name]) => name === 'case')[1]);
  await page.locator('.decision, .review .quiet').first().waitFor();
  await press('d');
  const on = () => page.evaluate(() => document.activeElement.getAttribute('type'));
  await expect('d goes to the decision', async () => (await on()) === 'radio' || (await page.locator('.decision').count()) === 0);
  if (pictures) {
    await page.evaluate(() => document.activeElement.blur());
    await page.emulateMedia({ media: 'print' });
    await page.screenshot({ path: `${pictures}/console-case-print.png`, fullPage: true });
    found.pictures++;
    await page.emulateMedia({ media: 'screen' });
  }
}
// A threshold tried out, by the keyboard alone.
await to('#/detectors');
await page.locator('form select[name=owner]').focus();
await page.keyboard.type('fusion');
await press('Tab');
await page.keyboard.type('urgent');
await press('Tab');
await page.keyboard.press('Control+A');
await page.keyboard.type('1000');
await expect('a threshold is chosen by keys', async () => (await page.locator('form select[name=rule]').inputValue()) === 'fusion.urgent_permille' && (await page.locator('form input[name=value]').inputValue()) === '1000');
await press('Enter');
await page.locator('section[aria-labelledby=backtest] progress, section[aria-labelledby=backtest] table').first().waitFor();
await page.locator('section[aria-labelledby=backtest] tbody tr').first().waitFor();
await expect('a backtest tells which alerts move', async () => (await page.locator('section[aria-labelledby=backtest] tbody tr').count()) > 0);
{
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of violations) faults.push(`axe: backtest: ${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 160)}`);
  found.axe_violations += violations.length;
}
if (pictures) {
  await page.evaluate(() => document.activeElement.blur());
  await page.locator('section[aria-labelledby=backtest]').screenshot({ path: `${pictures}/console-backtest.png` });
  found.pictures++;
}
await to('#/lists?since=2026-01-01');
await expect('the lists tell what changed since a day', async () => (await page.locator('thead th').count()) === 0 || (await page.locator('thead th').first().textContent()) !== '');

// The same evidence, the same picture, to the pixel.
const drawn = [], seen = [];
for (let n = 0; n < 2; ++n) {
  await to(`#/subject/${encodeURIComponent(subjects[0])}`);
  await settle('subject');
  await page.mouse.move(0, 0);
  // Always at the same place of the window: a fraction of a pixel of the page above it would colour its edges anew.
  await page.locator('.graph svg').evaluate((svg) => { svg.style.cssText = 'position:fixed;left:0;top:0;z-index:9;width:800px;height:auto'; document.activeElement?.blur(); });
  seen.push((await page.locator('.graph svg').screenshot({ animations: 'disabled' })).toString('base64'));
  drawn.push(await page.evaluate(() => [...document.querySelectorAll('.graph line')].map((l) => ['x1', 'y1', 'x2', 'y2'].map((a) => l.getAttribute(a)).join(',')).join(';')));
}
await expect('the graph lies where it lay before', async () => drawn[0] === drawn[1] && drawn[0].length > 0);
await expect('and looks as it looked before', async () => seen[0] === seen[1]);

// From nothing to the first row with data, a browser without a cache each time; the middle of five.
const times = [];
for (let n = 0; n < 5; ++n) {
  const fresh = await browser.newContext();
  const tab = await fresh.newPage();
  tab.setDefaultTimeout(120_000);
  await tab.addInitScript(() => { new MutationObserver(() => { if (!window.firstRow && document.querySelector('tr[data-row]')) window.firstRow = performance.now(); }).observe(document, { childList: true, subtree: true }); });
  await tab.goto(`${base}/console/#/alerts`);
  await tab.locator('tr[data-row]').first().waitFor();
  times.push(await tab.evaluate(() => window.firstRow));
  await fresh.close();
}
found.first_paint_ms = Math.round(times.sort((a, b) => a - b)[2]);
await browser.close();
console.log(JSON.stringify({ ...found, faults }));
process.exit(faults.length ? 1 : 0);
