// What each detector says, how often it is heard, what it would say in shadow, and what people made of it.
import type { DetectorVerdicts } from '../types';
import { get, text } from '../api';
import { useEvery, useLoad } from '../load';
import { by, parse } from '../prom';
import { say, t } from '../words';
import { count, percent } from '../format';
import { Failure, Loading } from '../parts/bits';
import { Backtest } from './Backtest';

/** The share of decided alerts that people upheld, with what so few decisions leave open. */
function Precision({ of }: { of: DetectorVerdicts | undefined }) {
  if (!of || of.precision_permille === null) return <span class="quiet">{t('undecidedyet')}</span>;
  return (
    <span class="meter"><svg viewBox="0 0 100 8" aria-hidden="true" preserveAspectRatio="none">
      <rect class="meter-back" width="100" height="8" /><rect class="meter-span" x={of.low_permille / 10} width={(of.high_permille - of.low_permille) / 10} height="8" /><rect class="meter-fill" x={Math.max(0, of.precision_permille / 10 - 1)} width="2" height="8" />
    </svg>{percent(of.precision_permille)} <span class="quiet">{percent(of.low_permille)} – {percent(of.high_permille)}</span></span>
  );
}

export function Detectors() {
  const { state, again } = useLoad(() => text('/metrics').then(parse), []);
  // Not for every role: who may not see verdicts sees the counts.
  const verdicts = useLoad(() => get<{ items: DetectorVerdicts[] }>('/api/v1/detectors').then((all) => new Map(all.items.map((v) => [v.detector, v])), () => null), []);
  useEvery(5_000, () => { again(); verdicts.again(); });
  const { value, error } = state.value;
  if (error && !value) return <Failure error={error} again={again} />;
  if (!value) return <Loading />;
  const made = by(value, 'brushwatch_detector_findings_total', 'detector', { kind: 'made' });
  const taken = by(value, 'brushwatch_detector_findings_total', 'detector', { kind: 'retracted' });
  const shadow = by(value, 'brushwatch_detector_findings_total', 'detector', { kind: 'shadow' });
  const voices = by(value, 'brushwatch_alert_voices_total', 'detector');
  const known = verdicts.state.value.value;
  const most = Math.max(1, ...made.values(), ...shadow.values());
  const bar = (n: number, kind: string) => <svg viewBox="0 0 100 8" aria-hidden="true" preserveAspectRatio="none"><rect class="meter-back" width="100" height="8" /><rect class={kind} width={(100 * n) / most} height="8" /></svg>;
  return (
    <div>
      <h2 class="unseen">{t('detectors')}</h2>
      <p class="quiet">{t('sincestart')} {known && t('precisionhint')}</p>
      <table>
        <thead><tr><th>{t('detector')}</th><th>{t('made')}</th><th>{t('inshadow')}</th><th>{t('retracted')}</th><th>{t('voices')}</th>{known && <><th>{t('precision')}</th><th>{t('confirmed')}</th><th>{t('worthy')}</th><th>{t('rejected')}</th><th>{t('undecided')}</th></>}</tr></thead>
        <tbody>{[...made].sort(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1))).map(([name, n]) => {
          const back = taken.get(name) ?? 0, v = known?.get(name);
          return (
            <tr key={name}><th scope="row">{name} <span class="quiet">{say(name) !== name && say(name)}</span></th>
              <td><span class="meter">{bar(n, 'meter-fill')}{count(n)}</span></td>
              <td>{shadow.has(name) ? <span class="meter">{bar(shadow.get(name)!, 'meter-span')}{count(shadow.get(name)!)}</span> : '–'}</td>
              <td>{count(back)}{n > 0 && <span class="quiet"> {((100 * back) / n).toFixed(1)} %</span>}</td><td>{count(voices.get(name) ?? 0)}</td>
              {known && <><td><Precision of={v} /></td><td>{count(v?.confirmed ?? 0)}</td><td>{count(v?.worthy ?? 0)}</td><td>{count(v?.rejected ?? 0)}</td><td>{count(v?.undecided ?? 0)}</td></>}</tr>
          );
        })}</tbody>
      </table>
      <Backtest />
    </div>
  );
}
