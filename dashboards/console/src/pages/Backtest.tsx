// A changed threshold tried out on what is recorded: which alerts would appear, vanish or move. Nothing is changed by it.
import { useSignal } from '@preact/signals';
import type { BacktestJob, Rule } from '../types';
import { act, get } from '../api';
import { useEvery, useLoad } from '../load';
import { t, say } from '../words';
import { count, milli, percent } from '../format';
import { Chip, Failure, SubjectLink } from '../parts/bits';

const ownerOf = (rule: string) => rule.slice(0, rule.indexOf('.'));
/** What lies beyond every sensible value is no bound to show. */
const bounded = (n: number) => Math.abs(n) < 1e12;

type Stand = NonNullable<BacktestJob['report']>['shifts'][number]['recorded'];
function StandOf({ of }: { of: Stand }) {
  return of.standing ? <><Chip kind={`sev-${of.severity}`}>{say(of.severity ?? '')}</Chip> {percent(of.posterior_permille)}</> : <span class="quiet">{t('standsnot')}{of.held_back && <>: {say(`held_${of.held_back}`)}</>}</span>;
}

function Result({ of }: { of: BacktestJob }) {
  const report = of.report;
  if (!report) return null;
  return (
    <div>
      <p><strong>{count(of.appears ?? 0)}</strong> {t('appear')}, <strong>{count(of.vanishes ?? 0)}</strong> {t('vanish')}, <strong>{count(of.moves ?? 0)}</strong> {t('move')}, {count(report.unchanged)} {t('standalike')}; {count(report.compared_rounds)} {t('roundscompared')}</p>
      {report.shifts.length > 0 && (
        <table>
          <caption class="unseen">{t('backtest')}</caption>
          <thead><tr><th>{t('change')}</th><th>{t('subject')}</th><th>{t('pattern')}</th><th>{t('week')}</th><th>{t('recordedrules')}</th><th>{t('proposedrules')}</th><th>{t('terms')}</th></tr></thead>
          <tbody>{report.shifts.map((s) => (
            <tr key={s.id}><td><Chip kind={s.change === 'appears' ? 'entryadded' : s.change === 'vanishes' ? 'entryremoved' : ''}>{say(s.change)}</Chip></td><td><SubjectLink id={s.subject} /></td><td>{say(s.pattern)}</td><td>{s.week.slice(0, 10)}</td>
              <td><StandOf of={s.recorded} /></td><td><StandOf of={s.proposed} /></td>
              <td>{s.terms.map((term) => <div>{say(term.family)}: {term.detector_recorded || '–'} {milli(term.recorded_milli)} → {term.detector_proposed || '–'} {milli(term.proposed_milli)}</div>)}</td></tr>))}
          </tbody>
        </table>
      )}
      {report.detectors.length > 0 && (
        <details><summary>{t('bydetector')}</summary>
          <table>
            <thead><tr><th>{t('detector')}</th><th>{t('made')}</th><th>{t('inshadow')}</th><th>{t('voices')}</th></tr></thead>
            <tbody>{report.detectors.map((d) => <tr key={d.detector}><th scope="row">{d.detector}</th><td>{count(d.findings_recorded)} → {count(d.findings_proposed)}</td><td>{count(d.on_trial_recorded)} → {count(d.on_trial_proposed)}</td><td>{count(d.alerts_recorded)} → {count(d.alerts_proposed)}</td></tr>)}</tbody>
          </table>
        </details>
      )}
    </div>
  );
}

export function Backtest() {
  const rules = useLoad(() => get<{ items: Rule[] }>('/api/v1/rules').then((all) => all.items), []);
  const owner = useSignal('');
  const chosen = useSignal('');
  const wanted = useSignal('');
  const since = useSignal('');
  const refused = useSignal<Error | null>(null);
  // The newest, with its report; null when nobody has asked for one since the process started.
  const { state, again } = useLoad(async () => {
    const { items } = await get<{ items: BacktestJob[] }>('/api/v1/backtests');
    return items.length ? get<BacktestJob>(`/api/v1/backtests/${encodeURIComponent(items[0].id)}`) : null;
  }, []);
  const job = state.value.value;
  useEvery(1_000, () => { if (job?.state === 'running') again(); });
  // Not for every role: who may read no backtests sees no form for one.
  const all = rules.state.value.value;
  if (!all?.length || state.value.error) return null;
  const owners = [...new Set(all.map((r) => ownerOf(r.name)))];
  const own = all.filter((r) => ownerOf(r.name) === (owner.value || owners[0]));
  const rule = own.find((r) => r.name === chosen.value) ?? own[0];
  const value = wanted.value === '' ? String(rule.value) : wanted.value;
  const begin = (event: Event) => {
    event.preventDefault();
    refused.value = null;
    const body = { rules: { [rule.name]: Number(value) }, ...(since.value ? { from: `${since.value}T00:00:00+08:00` } : {}) };
    act<BacktestJob>('/api/v1/backtests', body).then(() => again(), (error) => { refused.value = error; });
  };
  const cancel = () => act(`/api/v1/backtests/${encodeURIComponent(job!.id)}`, { action: 'cancel' }).then(() => again(), (error) => { refused.value = error; });
  const running = job?.state === 'running';
  return (
    <section aria-labelledby="backtest" class="no-print">
      <h3 id="backtest">{t('backtest')}</h3>
      <p class="quiet">{t('backtesthint')}</p>
      <form class="tools" onSubmit={begin}>
        <label class="pick">{t('detector')} <select name="owner" value={owner.value || owners[0]} onChange={(e) => { owner.value = e.currentTarget.value; chosen.value = ''; wanted.value = ''; }}>{owners.map((o) => <option value={o}>{o}</option>)}</select></label>
        <label class="pick">{t('threshold')} <select name="rule" value={rule.name} onChange={(e) => { chosen.value = e.currentTarget.value; wanted.value = ''; }}>{own.map((r) => <option value={r.name}>{r.name.slice(r.name.indexOf('.') + 1)}</option>)}</select></label>
        <label class="pick">{t('value')} <input name="value" type="number" step="1" required value={value} min={bounded(rule.low) ? rule.low : undefined} max={bounded(rule.high) ? rule.high : undefined} onInput={(e) => { wanted.value = e.currentTarget.value; }} /></label>
        <label class="pick">{t('since')} <input name="since" type="date" value={since.value} onInput={(e) => { since.value = e.currentTarget.value; }} /></label>
        <button disabled={running}>{t('run')}</button>
        {running && <button type="button" onClick={cancel}>{t('cancel')}</button>}
      </form>
      <p class="quiet"><code>{rule.name}</code> = {rule.value} {rule.unit}{rule.value !== rule.default && <> ({t('usual')} {rule.default})</>}. {rule.reason}</p>
      {refused.value && <Failure error={refused.value} again={() => { refused.value = null; again(); }} />}
      {job && (
        <div aria-live="polite">
          <p><Chip>{say(`job_${job.state}`)}</Chip> {Object.entries(job.rules).map(([name, v]) => <code>{name} = {v}</code>)} <span class="quiet">{job.by}</span> {running && <><progress max="1000" value={job.done_permille} aria-label={t('backtest')} /> {percent(job.done_permille)}</>}{job.error && <span class="note warn">{job.error}</span>}</p>
          <Result of={job} />
        </div>
      )}
    </section>
  );
}
