// A subject over time: a lane for each kind of recorded event, one a family of findings, one for alerts.
import type { Evidence, Subject } from '../types';
import { laneOf, LANES } from '../evidence';
import { say, sentence, t } from '../words';
import { brief, day } from '../format';

const W = 860, LANE = 26, LEFT = 86;

export function Timeline({ of, evidence }: { of: Subject; evidence: Evidence | null }) {
  const spans = [...of.findings.map((f) => f.window), ...of.alerts.map((a) => a.window)];
  if (spans.length === 0) return <p class="quiet">{t('none')}</p>;
  const events = [...(evidence?.events ?? []), ...(evidence?.tracks ?? []).flatMap((track) => track.scans)];
  const times = events.map(({ event }) => Date.parse(event.event_time));
  const first = Math.min(...spans.map((s) => Date.parse(s.start)), ...times);
  const last = Math.max(...spans.map((s) => Date.parse(s.end)), first + 86_400_000, ...times);
  const x = (iso: string) => LEFT + ((W - LEFT - 30) * (Date.parse(iso) - first)) / (last - first);
  const lanes = LANES.map((lane) => ({ lane, events: events.filter(({ event }) => laneOf(event) === lane) })).filter((l) => l.events.length > 0);
  const families = [...new Set(of.findings.map((f) => f.family))].sort();
  const height = (lanes.length + families.length + 1) * LANE + 26;
  const y = (lane: number) => lane * LANE;
  const days = Math.max(1, Math.round((last - first) / 86_400_000));
  const ticks = Array.from({ length: Math.min(days, 14) + 1 }, (_, n) => new Date(first + ((last - first) * n) / Math.min(days, 14)).toISOString());
  const words = [...lanes.map((l) => `${l.events.length} ${say(l.lane)}`), `${of.findings.length} ${t('findings')}`, `${of.alerts.length} ${t('alerts')}`].join(', ');
  return (
    <svg class="timeline" viewBox={`0 0 ${W} ${height}`} role="img" aria-label={`${t('timeline')}: ${words}`}>
      {ticks.map((iso, n) => <g><line class="tick" x1={x(iso)} x2={x(iso)} y1="0" y2={height - 20} />{n % Math.ceil(ticks.length / 8) === 0 && <text class="axis" x={x(iso)} y={height - 5}>{day(iso)}</text>}</g>)}
      {lanes.map(({ lane, events: those }, n) => (
        <g>
          <text class="axis lane" x="0" y={y(n) + 17}>{say(lane)} {those.length}</text>
          {those.map(({ event }) => <circle class={`event lane-${lane}`} cx={x(event.event_time)} cy={y(n) + 13} r="3.5"><title>{`${say(event.type)} ${brief(event.event_time)}`}</title></circle>)}
        </g>
      ))}
      {families.map((family, n) => (
        <g>
          <text class="axis lane" x="0" y={y(lanes.length + n) + 17}>{t('findings')} {family}</text>
          {of.findings.filter((f) => f.family === family).map((f) => (
            <rect class={`fam-${family}`} x={x(f.window.start)} y={y(lanes.length + n) + 5} rx="2" height={LANE - 10} width={Math.max(4, x(f.window.end) - x(f.window.start))} opacity={Math.min(1, 0.35 + f.llr_milli / 8000)}>
              <title>{`${f.detector} ${sentence(f)}`}</title>
            </rect>
          ))}
        </g>
      ))}
      <text class="axis lane" x="0" y={y(lanes.length + families.length) + 17}>{t('alerts')}</text>
      {of.alerts.map((a) => (
        <rect class={`sev-${a.severity} ${a.state}`} x={x(a.window.start)} y={y(lanes.length + families.length) + 5} rx="2" height={LANE - 10} width={Math.max(4, x(a.window.end) - x(a.window.start))}>
          <title>{`${a.id} ${say(a.pattern)} ${say(a.severity)}`}</title>
        </rect>
      ))}
    </svg>
  );
}
