// What each detector said since the process started, and how often it was heard.
import { text } from '../api';
import { useEvery, useLoad } from '../load';
import { by, parse } from '../prom';
import { t } from '../words';
import { count } from '../format';
import { Failure, Loading } from '../parts/bits';

export function Detectors() {
  const { state, again } = useLoad(() => text('/metrics').then(parse), []);
  useEvery(5_000, again);
  const { value, error } = state.value;
  if (error && !value) return <Failure error={error} again={again} />;
  if (!value) return <Loading />;
  const made = by(value, 'brushwatch_detector_findings_total', 'detector', { kind: 'made' });
  const taken = by(value, 'brushwatch_detector_findings_total', 'detector', { kind: 'retracted' });
  const voices = by(value, 'brushwatch_alert_voices_total', 'detector');
  const most = Math.max(1, ...made.values());
  return (
    <div>
      <p class="quiet">{t('sincestart')}</p>
      <table>
        <thead><tr><th>{t('detector')}</th><th>{t('made')}</th><th>{t('retracted')}</th><th>{t('retractedshare')}</th><th>{t('voices')}</th><th>{t('voiceshare')}</th></tr></thead>
        <tbody>{[...made].map(([name, n]) => {
          const back = taken.get(name) ?? 0, heard = voices.get(name) ?? 0;
          return (
            <tr key={name}><th scope="row">{name}</th>
              <td><span class="meter"><svg viewBox="0 0 100 8" aria-hidden="true" preserveAspectRatio="none"><rect class="meter-back" width="100" height="8" /><rect class="meter-fill" width={(100 * n) / most} height="8" /></svg>{count(n)}</span></td>
              <td>{count(back)}</td><td>{n > 0 ? ((100 * back) / n).toFixed(1) + ' %' : '–'}</td><td>{count(heard)}</td><td>{heard > 0 ? (n / heard).toFixed(1) : '–'}</td></tr>
          );
        })}</tbody>
      </table>
    </div>
  );
}
