// A subject's findings and alerts over time: one lane a family, a bar a window, a flag an alert.
import type { Subject } from '../types';
import { say, sentence, t } from '../words';
import { day } from '../format';

const W = 860, LANE = 26, LEFT = 76;

export function Timeline({ of }: { of: Subject }) {
  const spans = [...of.findings.map((f) => f.window), ...of.alerts.map((a) => a.window)];
  if (spans.length === 0) return <p class="quiet">{t('none')}</p>;
  const first = Math.min(...spans.map((s) => Date.parse(s.start)));
  const last = Math.max(...spans.map((s) => Date.parse(s.end)), first + 86_400_000);
  const x = (iso: string) => LEFT + ((W - LEFT - 30) * (Date.parse(iso) - first)) / (last - first);
  const families = [...new Set(of.findings.map((f) => f.family))].sort();
  const height = (families.length + 1) * LANE + 26;
  const days = Math.max(1, Math.round((last - first) / 86_400_000));
  const ticks = Array.from({ length: Math.min(days, 14) + 1 }, (_, n) => new Date(first + ((last - first) * n) / Math.min(days, 14)).toISOString());
  return (
    <svg class="timeline" viewBox={`0 0 ${W} ${height}`} role="img" aria-label={t('timeline')}>
      {ticks.map((iso, n) => <g><line class="tick" x1={x(iso)} x2={x(iso)} y1="0" y2={height - 20} />{n % Math.ceil(ticks.length / 8) === 0 && <text class="axis" x={x(iso)} y={height - 5}>{day(iso)}</text>}</g>)}
      {families.map((family, lane) => (
        <g>
          <text class="axis lane" x="0" y={lane * LANE + 17}>{say(family)}</text>
          {of.findings.filter((f) => f.family === family).map((f) => (
            <rect class={`fam-${family}`} x={x(f.window.start)} y={lane * LANE + 5} rx="2" height={LANE - 10} width={Math.max(4, x(f.window.end) - x(f.window.start))} opacity={Math.min(1, 0.35 + f.llr_milli / 8000)}>
              <title>{`${f.detector} ${sentence(f)}`}</title>
            </rect>
          ))}
        </g>
      ))}
      <text class="axis lane" x="0" y={families.length * LANE + 17}>{t('alerts')}</text>
      {of.alerts.map((a) => (
        <rect class={`sev-${a.severity} ${a.state}`} x={x(a.window.start)} y={families.length * LANE + 5} rx="2" height={LANE - 10} width={Math.max(4, x(a.window.end) - x(a.window.start))}>
          <title>{`${a.id} ${say(a.pattern)} ${say(a.severity)}`}</title>
        </rect>
      ))}
    </svg>
  );
}
