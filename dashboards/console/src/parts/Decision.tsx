// What a person decides about an alert or a case: a command, its papers, and what came of it.
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { SubjectRef } from '../types';
import { post, Problem } from '../api';
import { t } from '../words';
import { verbs, type Paper } from '../record';

interface Props { target: string; subject: SubjectRef; now: string; etag: string; again: () => void }

export function Decision({ target, subject, now, etag, again }: Props) {
  const form = useMemo(() => ({ verb: signal(''), papers: signal<Partial<Record<Paper, string>>>({}), told: signal(''), key: signal(crypto.randomUUID()) }), [etag]);
  const allowed = verbs[now] ?? [];
  const chosen = allowed.find((v) => v.verb === form.verb.value);
  // Another command is another request; the same one sent twice (a double click, a lost answer) is taken once.
  const anew = () => { form.key.value = crypto.randomUUID(); };
  const send = async (event: Event) => {
    event.preventDefault();
    form.told.value = '';
    const papers = Object.fromEntries((chosen?.needs ?? []).map((paper) => [paper, form.papers.value[paper]?.trim() ?? '']).filter(([, words]) => words));
    try {
      // What the officer saw is named by its ETag: if it has moved on, nothing happens.
      await post({ command: form.verb.value, target, subject_kind: subject.kind, subject_id: subject.id, ...papers }, form.key.value, etag);
      form.told.value = t('sent');
      setTimeout(again, 500);
    } catch (error) {
      const stale = error instanceof Problem && error.status === 412;
      form.told.value = stale ? t('stale') : (error as Error).message;
      if (stale) again();
    }
  };
  if (allowed.length === 0) return <p class="quiet">{t('none')}</p>;
  return (
    <form class="decision" onSubmit={send}>
      <fieldset><legend>{t('command')}</legend>
        {allowed.map((v) => <label><input type="radio" name={`verb-${target}`} value={v.verb} checked={form.verb.value === v.verb} onChange={() => { form.verb.value = v.verb; anew(); }} /> {v.verb} <span class="quiet">{v.role}</span></label>)}
      </fieldset>
      {chosen?.needs.map((paper) => (
        <label class="pick">{t(paper)} <input value={form.papers.value[paper] ?? ''} maxLength={paper === 'note' ? 300 : 64} onInput={(e) => { form.papers.value = { ...form.papers.value, [paper]: e.currentTarget.value }; anew(); }} /></label>
      ))}
      <button disabled={!chosen}>{t('decide')}</button>
      <p role="status">{form.told.value}</p>
    </form>
  );
}
