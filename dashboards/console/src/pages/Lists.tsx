// The lists as they are, and what changed since a day: removals are shown, not forgotten.
import { useMemo } from 'preact/hooks';
import type { Page, Rec } from '../types';
import { get } from '../api';
import { useLoad } from '../load';
import { filter, go, route } from '../route';
import { Cursor } from '../keys';
import { say, t, type Word } from '../words';
import { inner, listOf, stateOf, text } from '../record';
import { Chip, Failure, Loading, Pick, SubjectLink, Time, useKeys } from '../parts/bits';
import { Deadlines } from '../parts/Record';

/** What a line says about an entry, for one who last looked before `since`. */
export function change(of: Rec, since: string): Word {
  const at = inner(of);
  if (['REJECTED', 'WITHDRAWN', 'REMOVED', 'REVOKED', 'REPAIRED', 'EXPIRED'].includes(stateOf(of)) || at.ended_at) return 'entryremoved';
  const listed = text(of, 'listed_at') || text(of, 'proposed_at');
  return listed >= since ? 'entryadded' : 'entrychanged';
}

export function Lists() {
  const { list = '', since = '' } = route.value.query;
  const from = since ? `${since}T00:00:00+08:00` : '';
  const { state, again } = useLoad(() => get<Page<Rec>>('/api/v1/lists', { list, since: from, limit: '200' }), [list, since]);
  const cursor = useMemo(() => new Cursor(() => state.value.value?.items.length ?? 0, (at) => go({ page: 'subject', id: state.value.value!.items[at].subject.id })), []);
  useKeys(cursor.keys);
  const { value, error } = state.value;
  return (
    <div>
      <div class="tools"><Pick name="list" label={t('list')} values={['BLACK', 'WATCH', 'RED']} />
        <label class="pick">{t('since')}<input type="date" value={since} onInput={(e) => filter({ since: e.currentTarget.value })} /></label>
        <span class="quiet" role="status">{since ? t('changes') : t('current')}: {value?.items.length ?? 0}</span></div>
      {error && <Failure error={error} again={again} />}
      {!value && !error && <Loading />}
      {value && (value.items.length === 0 ? <p class="quiet">{t('nolists')}</p> : (
        <table>
          <thead><tr>{since && <th>{t('changes')}</th>}<th>{t('list')}</th><th>{t('subject')}</th><th>{t('state')}</th><th>{t('deadline')}</th><th>{t('when')}</th><th>{t('proof')}</th></tr></thead>
          <tbody>{value.items.map((e, n) => (
            <tr key={e.id} data-row={n} class={n === cursor.at.value ? 'at' : ''}>
              {since && <td><Chip kind={change(e, from)}>{t(change(e, from))}</Chip></td>}
              <td><Chip kind={`list-${listOf(e)}`}>{say(listOf(e))}</Chip></td><td><SubjectLink id={e.subject.id} /> {text(e, 'name')}</td><td>{stateOf(e)}</td><td><Deadlines of={e} /></td><td><Time of={e.event_time} /></td><td><code>{e.hash.slice(0, 12)}</code></td>
            </tr>))}
          </tbody>
        </table>
      ))}
    </div>
  );
}
