// Is it alive, is it on time, which step is slow: for whoever has no Grafana at hand.
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { Health as HealthOf } from '../types';
import { get, text } from '../api';
import { useEvery, useLoad } from '../load';
import { by, parse, sum, type Sample } from '../prom';
import { t } from '../words';
import { bytes, count, seconds } from '../format';
import { Chip, Failure, Loading, Time } from '../parts/bits';
import { Chart } from '../parts/Chart';

interface Look { at: number; samples: Sample[] }
const KEPT = 120; // four minutes at a look every two seconds
const STEPS = 'brushwatch_pipeline_step_seconds_sum';
/** As a round goes through them. */
const ORDER = ['wait', 'ledger', 'intake', 'parcel', 'shop', 'party', 'ring', 'subject', 'alliance', 'output', 'epoch'];

export function Health() {
  const looks = useMemo(() => signal<Look[]>([]), []);
  const health = useLoad(() => get<HealthOf>('/api/v1/health').catch(() => null), []);
  const { state, again } = useLoad(() => text('/metrics').then((body) => {
    const look = { at: Date.now() / 1000, samples: parse(body) };
    looks.value = [...looks.value.slice(1 - KEPT), look];
    return look;
  }), []);
  useEvery(2_000, () => { again(); health.again(); });
  const { value, error } = state.value;
  if (error && !value) return <Failure error={error} again={again} />;
  if (!value) return <Loading />;
  const s = value.samples;
  const all = looks.value;
  const times = all.map((l) => l.at);
  const rates = (name: string, where: Record<string, string> = {}) => all.map((l, n) => (n === 0 ? null : (sum(l.samples, name, where) - sum(all[n - 1].samples, name, where)) / (l.at - all[n - 1].at)));
  const known = by(s, STEPS, 'step');
  const steps = ORDER.filter((step) => known.has(step)).concat([...known.keys()].filter((step) => !ORDER.includes(step)));
  const total = steps.reduce((n, step) => n + sum(s, STEPS, { step }), 0) || 1;
  const alerts = sum(s, 'brushwatch_pipeline_event_to_alert_seconds_count');
  const sources = [...by(s, 'brushwatch_ingest_records_total', 'source').keys()];
  const now = health.state.value.value;
  const behind = sum(s, 'brushwatch_pipeline_watermark_lag_seconds');
  const tiles: [string, string][] = [
    [t('status'), now?.status ?? '–'], [t('round'), count(sum(s, 'brushwatch_pipeline_rounds_total'))], [t('rate'), count(rates('brushwatch_ingest_records_total').at(-1) ?? 0)],
    [t('latency'), alerts > 0 ? seconds(sum(s, 'brushwatch_pipeline_event_to_alert_seconds_sum') / alerts) : '–'], [t('watermark'), `${seconds(behind)} ${t('behind')}`],
    [t('rows'), count(sum(s, 'brushwatch_state_rows'))], [t('memory'), bytes(sum(s, 'brushwatch_process_resident_bytes'))], [t('dead'), count(sum(s, 'brushwatch_ingest_dead_letters_total'))],
    [t('late'), count(sum(s, 'brushwatch_stage_late_events_total'))], [t('clients'), String(now?.stream_clients ?? '–')],
  ];
  return (
    <div>
      <h2 class="unseen">{t('health')}</h2>
      <dl class="tiles">{tiles.map(([name, words]) => <div><dt>{name}</dt><dd>{words}</dd></div>)}</dl>
      <p class="quiet">{t('watermark')}: <Time of={now?.watermark} /></p>
      <div class="charts">
        <Chart title={t('rate')} times={times} lines={[{ name: t('rate'), values: rates('brushwatch_ingest_records_total') }]} unit={count} />
        <Chart title={t('stages')} times={times} lines={steps.map((step) => ({ name: step, values: rates(STEPS, { step }) })).filter((l) => l.values.some((v) => (v ?? 0) > 0.0005)).slice(0, 7)} unit={(n) => (100 * n).toFixed(1) + ' %'} />
      </div>
      <h3>{t('stages')}</h3>
      <table><tbody>{steps.map((step) => {
        const share = sum(s, STEPS, { step }) / total;
        return <tr key={step}><th scope="row">{step}</th><td><span class="meter wide"><svg viewBox="0 0 100 8" aria-hidden="true" preserveAspectRatio="none"><rect class="meter-back" width="100" height="8" /><rect class="meter-fill" width={100 * share} height="8" /></svg>{(100 * share).toFixed(1)} %</span></td></tr>;
      })}</tbody></table>
      <h3>{t('sources')}</h3>
      <table>
        <thead><tr><th>{t('source')}</th><th>{t('taken')}</th><th>{t('refused')}</th><th>{t('waits')}</th><th>{t('lag')}</th><th>{t('state')}</th></tr></thead>
        <tbody>{sources.map((source) => (
          <tr key={source}><th scope="row">{source}</th><td>{count(sum(s, 'brushwatch_ingest_records_total', { source, result: 'event' }))}</td><td>{count(sum(s, 'brushwatch_ingest_records_total', { source, result: 'rejected' }))}</td>
            <td>{count(sum(s, 'brushwatch_ingest_lag_records', { source }))}</td><td>{seconds(sum(s, 'brushwatch_ingest_watermark_lag_seconds', { source }))}</td>
            <td>{sum(s, 'brushwatch_ingest_watermark_holder', { source }) > 0 && <Chip kind="sev-alert">{t('holds')}</Chip>} {sum(s, 'brushwatch_ingest_source_idle', { source }) > 0 && <Chip>{t('idle')}</Chip>}</td></tr>))}
        </tbody>
      </table>
    </div>
  );
}
