// Subjects about which something was said.
import { useMemo } from 'preact/hooks';
import type { Page, SubjectSummary } from '../types';
import { get } from '../api';
import { useLoad } from '../load';
import { go, route } from '../route';
import { Cursor } from '../keys';
import { say, t } from '../words';
import { Failure, Loading, Pick, Search, SubjectLink, Time, useKeys } from '../parts/bits';

export function Subjects() {
  const { q = '', kind = '' } = route.value.query;
  const { state, again } = useLoad(() => get<Page<SubjectSummary>>('/api/v1/subjects', { q, kind, limit: '200' }), [q, kind]);
  const cursor = useMemo(() => new Cursor(() => state.value.value?.items.length ?? 0, (at) => go({ page: 'subject', id: state.value.value!.items[at].id })), []);
  useKeys(cursor.keys);
  const { value, error } = state.value;
  return (
    <div>
      <div class="tools"><Search name="q" label={t('search')} /><Pick name="kind" label={t('kind')} values={['shop', 'operator', 'outlet', 'courier']} /></div>
      {error && <Failure error={error} again={again} />}
      {!value && !error && <Loading />}
      {value && (value.items.length === 0 ? <p class="quiet">{t('none')}</p> : (
        <table>
          <thead><tr><th>{t('subject')}</th><th>{t('kind')}</th><th>{t('standing')}</th><th>{t('withdrawn')}</th><th>{t('when')}</th></tr></thead>
          <tbody>{value.items.map((s, n) => (
            <tr key={s.id} data-row={n} class={n === cursor.at.value ? 'at' : ''}>
              <td><SubjectLink id={s.id} /></td><td>{s.kinds.map(say).join(', ')}</td><td>{s.alerts_standing}</td><td>{s.alerts_withdrawn}</td><td><Time of={s.last_event_time} /></td>
            </tr>))}
          </tbody>
        </table>
      ))}
    </div>
  );
}
