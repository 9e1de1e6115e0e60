// A finding's value against its baseline and threshold, to scale.
import type { Reason } from '../types';
import { sentence, t } from '../words';
import { milli } from '../format';
import { Chip } from './bits';

export function Baseline({ of }: { of: Reason }) {
  const top = Math.max(of.value_milli, of.baseline_milli, of.threshold_milli, 1) * 1.08;
  const at = (milli_: number) => (240 * Math.max(0, milli_)) / top;
  const words = `${t('value')} ${milli(of.value_milli)}, ${t('baseline')} ${milli(of.baseline_milli)}, ${t('threshold')} ${milli(of.threshold_milli)}`;
  return (
    <svg class="baseline" viewBox="0 0 240 30" preserveAspectRatio="none" role="img" aria-label={words}>
      <rect class="bar-value" y="4" height="12" width={at(of.value_milli)} />
      <rect class="bar-base" y="18" height="6" width={at(of.baseline_milli)} />
      <line class="bar-threshold" x1={at(of.threshold_milli)} x2={at(of.threshold_milli)} y1="0" y2="28" />
    </svg>
  );
}

export function ReasonCard({ of }: { of: Reason }) {
  return (
    <li class="reason">
      <p><Chip kind={`fam-${of.family}`}>{of.family}</Chip> <strong>{sentence(of)}</strong></p>
      <Baseline of={of} />
      <p class="quiet">{t('value')} {milli(of.value_milli)} · {t('baseline')} {milli(of.baseline_milli)} · {t('threshold')} {milli(of.threshold_milli)} · {t('weight')} {milli(of.llr_milli)} {t('nats')} · {of.count} {t('events')} · {of.detector} {of.name} v{of.version}</p>
      <details><summary>{t('evidence')} ({of.evidence.length})</summary>
        <ul class="positions">{of.evidence.map((e) => <li><code>{e.source}:{e.offset}</code></li>)}</ul>
      </details>
    </li>
  );
}
