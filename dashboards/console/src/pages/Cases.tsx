// Case review: the queue, the evidence on the left, the decision on the right. A machine decides nothing here.
import { useMemo } from 'preact/hooks';
import type { Rec, Subject } from '../types';
import { get, tagged } from '../api';
import { queue, step } from '../queue';
import { useLoad } from '../load';
import { go, route, format, parse } from '../route';
import { Cursor } from '../keys';
import { say, t } from '../words';
import { inner, stateOf, text, texts } from '../record';
import { Chip, Failure, Loading, Pick, SubjectLink, Time, useKeys } from '../parts/bits';
import { Deadlines } from '../parts/Record';
import { Decision } from '../parts/Decision';
import { ReasonCard } from '../parts/Baseline';

const STATES = ['OPEN', 'EVIDENCE', 'EXPLAIN', 'CONFIRMED', 'REFERRED', 'PENALISED', 'LINKED', 'CLOSED_VICTIM', 'CLOSED_UNPROVEN', 'CLOSED_CLEARED', 'CLOSED_DROPPED'];

export function Cases() {
  const { id, query } = route.value;
  const filter = query.state ?? '';
  const { state, again } = useLoad(() => (id ? queue.items(filter) : queue.renew(filter)), [filter]);
  const items = () => state.value.value ?? [];
  const cursor = useMemo(() => new Cursor(() => items().length, (at) => go({ page: 'cases', id: items()[at].id, query: route.value.query })), []);
  const walk = async (by: number) => {
    const all = await queue.items(filter).catch(() => null); // pressed before the queue is there, a key waits for it
    const now = parse(location.hash); // two quick presses are two steps: the route itself follows the hash a little later
    if (now.page !== 'cases') return;
    const other = all && step(all, now.id, by);
    if (other || !all) go({ page: 'cases', id: other ?? '', query: now.query }); // a queue that cannot be read: the list says why
  };
  const next = () => { void walk(1); };
  // In the queue j and k move the cursor; with a case open they go from case to case, and d to what can be decided.
  const decide = () => document.querySelector<HTMLElement>('.decision input')?.focus();
  useKeys(id ? { j: next, k: () => { void walk(-1); }, n: next, d: decide, P: () => print() } : { ...cursor.keys, n: next });
  if (id) return <Review key={id} id={id} next={next} />;
  const { value, error } = state.value;
  return (
    <div>
      <div class="tools"><Pick name="state" label={t('state')} values={STATES} /></div>
      {error && <Failure error={error} again={again} />}
      {!value && !error && <Loading />}
      {value && (value.length === 0 ? <p class="quiet">{t('nocases')}</p> : (
        <table>
          <thead><tr><th>{t('id')}</th><th>{t('state')}</th><th>{t('subject')}</th><th>{t('deadline')}</th><th>{t('when')}</th></tr></thead>
          <tbody>{value.map((c, n) => (
            <tr key={c.id} data-row={n} class={n === cursor.at.value ? 'at' : ''}>
              <td><a href={format({ page: 'cases', id: c.id, query })}>{c.id}</a></td><td><Chip>{stateOf(c)}</Chip></td><td><SubjectLink id={c.subject.id} /></td><td><Deadlines of={c} /></td><td><Time of={c.event_time} /></td>
            </tr>))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

function Review({ id, next }: { id: string; next: () => void }) {
  const path = `/api/v1/cases/${encodeURIComponent(id)}`;
  const { state, again } = useLoad(() => tagged<Rec>(path), [id]);
  const of = state.value.value?.value;
  const evidence = useLoad<Subject | null>(() => (of ? get<Subject>(`/api/v1/subjects/${encodeURIComponent(of.subject.id)}`) : Promise.resolve(null)), [of?.subject.id ?? '']);
  if (state.value.error && !of) return <Failure error={state.value.error} again={again} />;
  if (!of) return <Loading />;
  const alert = evidence.state.value.value?.alerts.find((a) => a.id === text(of, 'alert')) ?? evidence.state.value.value?.alerts[0];
  return (
    <div>
      <div class="tools"><a href={format({ page: 'cases', query: route.value.query })}>{t('back')}</a> <h2>{of.id}</h2> <Chip>{stateOf(of)}</Chip> <Deadlines of={of} /> <button onClick={next}>{t('nextcase')}</button> <button onClick={() => print()}>{t('print')}</button></div>
      <div class="review">
        <section aria-labelledby="evidence"><h3 id="evidence">{t('evidence')}</h3>
          <p><SubjectLink id={of.subject.id} /> {alert && <>· {say(alert.pattern)} · {alert.id}</>}</p>
          {!alert && <p class="quiet">{t('none')}</p>}
          {alert && <ol class="reasons">{alert.reasons.map((r) => <ReasonCard of={r} />)}</ol>}
          <ul class="plain">{texts(of, 'evidence').map((hash) => <li><code>{hash}</code></li>)}</ul>
        </section>
        <section aria-labelledby="decision"><h3 id="decision">{t('decision')}</h3>
          <p>{t('opened')} <Time of={text(of, 'opened_at') || of.event_time} />. {texts(of, 'analysts').length > 0 && <>{t('worked')}: {texts(of, 'analysts').join(', ')}.</>}</p>
          {stateOf(of) === 'OPEN' && <p class="note">{t('secondperson')}</p>}
          {inner(of).possibly_framed === true && <p class="note warn">{t('framed')}</p>}
          <Decision target={of.id} subject={of.subject} now={stateOf(of)} etag={state.value.value!.etag} again={again} />
          <p class="quiet">{t('proof')}: {of.task} #{of.seq} · <code>{of.hash}</code></p>
        </section>
      </div>
    </div>
  );
}
