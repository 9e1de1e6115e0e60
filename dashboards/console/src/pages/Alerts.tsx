// Alerts as they rise: a page of the newest, then the live stream. Paused, new ones wait and are counted.
import { computed, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Alert, Page } from '../types';
import { get } from '../api';
import { follow, type Live } from '../stream';
import { filter, format, go, route } from '../route';
import { Cursor } from '../keys';
import { say, sentence, t } from '../words';
import { percent } from '../format';
import { Chip, Failure, Loading, Meter, Pick, Search, Severity, SubjectLink, Time, useKeys } from '../parts/bits';

/** More are never shown at once: nobody reads further, and the page stays quick. */
const MOST = 500;

/** Newest version of each alert, newest first. */
export function merge(known: Map<string, Alert>, alert: Alert): Map<string, Alert> {
  const before = known.get(alert.id);
  if (before && before.version >= alert.version) return known;
  const next = new Map(known);
  next.set(alert.id, alert);
  return next;
}
export function matches(a: Alert, q: Record<string, string>): boolean {
  const is = (name: 'pattern' | 'severity' | 'direction' | 'state') => !q[name] || a[name] === q[name];
  return is('pattern') && is('severity') && is('direction') && is('state') && (!q.q || a.subject.id.toLowerCase().includes(q.q.toLowerCase()));
}

export function Alerts() {
  const page = useMemo(() => {
    const known = signal(new Map<string, Alert>());
    const held = signal<Alert[]>([]);
    const live = signal<Live>({ state: 'connecting', lastId: '' });
    const error = signal<Error | null>(null);
    const loaded = signal(false);
    const shown = computed(() => [...known.value.values()].filter((a) => matches(a, route.value.query))
      .sort((a, b) => (a.event_time < b.event_time ? 1 : a.event_time > b.event_time ? -1 : a.id < b.id ? -1 : 1)).slice(0, MOST));
    const cursor = new Cursor(() => shown.value.length, (at) => go({ page: 'subject', id: shown.value[at].subject.id }));
    return { known, held, live, error, loaded, shown, cursor };
  }, []);
  const { known, held, live, error, loaded, shown, cursor } = page;
  const paused = () => route.value.query.paused === '1';
  const release = () => {
    let next = known.value;
    for (const alert of held.value) next = merge(next, alert);
    known.value = next;
    held.value = [];
  };
  const toggle = () => { filter({ paused: paused() ? '' : '1' }); if (!paused()) release(); };
  const load = () => {
    error.value = null;
    get<Page<Alert>>('/api/v1/alerts', { limit: '200' }).then((first) => {
      let next = known.value;
      for (const alert of first.items) next = merge(next, alert);
      known.value = next;
      loaded.value = true;
    }, (e) => { error.value = e; loaded.value = true; });
  };
  useEffect(() => {
    load();
    return follow('/api/v1/stream?topics=alert', '', (message) => {
      if (message.event === 'resync') { load(); return; }
      if (message.event !== 'alert') return;
      const alert: Alert = JSON.parse(message.data);
      if (paused()) held.value = [...held.value.slice(-MOST), alert];
      else known.value = merge(known.value, alert);
    }, (now) => { live.value = now; });
  }, []);
  useKeys({ ...cursor.keys, p: toggle });
  const state = live.value.state;
  return (
    <div>
      <div class="tools">
        <Search name="q" label={t('search')} />
        <Pick name="pattern" label={t('pattern')} values={['fake_trade', 'malicious_review', 'reverse_brushing_victim', 'complicit_logistics']} />
        <Pick name="severity" label={t('severity')} values={['urgent', 'alert', 'notice']} />
        <Pick name="direction" label={t('direction')} values={['promote', 'demote', 'victim']} />
        <Pick name="state" label={t('state')} values={['standing', 'withdrawn']} />
        <button onClick={toggle} aria-pressed={paused()}>{paused() ? t('resume') : t('pause')}</button>
        <span class="quiet" role="status"><i class={`dot ${paused() ? 'paused' : state}`} /> {paused() ? `${t('paused')}, ${held.value.length} ${t('held')}` : state === 'open' ? t('live') : t(state)} · {shown.value.length} {t('shown')}</span>
      </div>
      {error.value && <Failure error={error.value} again={load} />}
      {!loaded.value ? <Loading /> : shown.value.length === 0 && !error.value ? <p class="quiet">{t('noalerts')}</p> : (
        <table>
          <thead><tr><th>{t('severity')}</th><th>{t('subject')}</th><th>{t('pattern')}</th><th>{t('why')}</th><th>{t('posterior')}</th><th>{t('when')}</th></tr></thead>
          <tbody>
            {shown.value.map((a, n) => (
              <tr key={a.id} data-row={n} class={`${n === cursor.at.value ? 'at' : ''} ${a.state}`} onClick={() => { cursor.at.value = n; }}>
                <td><Severity of={a.severity} />{a.state === 'withdrawn' && <Chip>{t('withdrawn')}</Chip>}</td>
                <td><SubjectLink id={a.subject.id} /><br /><span class="quiet">{say(a.subject.kind)}</span></td>
                <td>{say(a.pattern)}<br /><a class="quiet" href={format({ page: 'subject', id: a.subject.id, query: { alert: a.id } })}>{a.id} v{a.version}</a></td>
                <td class="why">{a.score.families.map((f) => <Chip kind={`fam-${f.family}`}>{f.family}</Chip>)} {a.reasons[0] ? sentence(a.reasons[0]) : ''}</td>
                <td><Meter permille={a.posterior_permille} words={percent(a.posterior_permille)} /></td>
                <td><Time of={a.event_time} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
