// The small parts that every page uses.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Problem } from '../api';
import { say, t } from '../words';
import { moment } from '../format';
import { format, filter, route } from '../route';
import { listen, type Keys } from '../keys';

export function Chip({ kind, children }: { kind?: string; children: ComponentChildren }) { return <span class={`chip ${kind ?? ''}`}>{children}</span>; }
export function Severity({ of }: { of: string }) { return <Chip kind={`sev-${of}`}>{say(of)}</Chip>; }
export function Time({ of }: { of: string | null | undefined }) { return <time dateTime={of ?? ''}>{moment(of)}</time>; }
export function SubjectLink({ id }: { id: string }) { return <a class="id" href={format({ page: 'subject', id })}>{id}</a>; }

export function Failure({ error, again }: { error: Error; again: () => void }) {
  const trace = error instanceof Problem && error.trace ? ` (${error.trace.slice(0, 8)})` : '';
  return <p class="failure" role="alert">{t('failed')}: {error.message}{trace} <button onClick={again}>{t('retry')}</button></p>;
}
export function Loading() { return <p class="quiet" aria-live="polite">{t('loading')}</p>; }

/** A filter that lives in the URL. */
export function Pick({ name, label, values }: { name: string; label: string; values: string[] }) {
  return (
    <label class="pick">{label}
      <select value={route.value.query[name] ?? ''} onChange={(e) => filter({ [name]: e.currentTarget.value })}>
        <option value="">{t('all')}</option>
        {values.map((value) => <option value={value}>{say(value.toLowerCase())}</option>)}
      </select>
    </label>
  );
}
export function Search({ name, label }: { name: string; label: string }) {
  return <label class="pick">{label}<input data-search type="search" value={route.value.query[name] ?? ''} onInput={(e) => filter({ [name]: e.currentTarget.value })} /></label>;
}
export function useKeys(keys: Keys): void { useEffect(() => listen(keys), []); }

/** Permille as a bar with its number: read at a glance, exact on a second look. */
export function Meter({ permille, words }: { permille: number; words: string }) {
  return <span class="meter"><svg viewBox="0 0 100 8" aria-hidden="true" preserveAspectRatio="none"><rect class="meter-back" width="100" height="8" /><rect class="meter-fill" width={permille / 10} height="8" /></svg>{words}</span>;
}
