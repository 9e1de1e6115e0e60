// Calls of the HTTP door. Every failure is a Problem with words that a person can act on.
import { token } from './settings';

export class Problem extends Error {
  constructor(readonly status: number, readonly code: string, detail: string, readonly trace: string) { super(detail); }
}

export function headers(more: Record<string, string> = {}): Record<string, string> {
  return token.value ? { ...more, Authorization: `Bearer ${token.value}` } : more;
}

async function problem(answer: Response): Promise<Problem> {
  const body = await answer.json().catch(() => ({}));
  return new Problem(answer.status, body.code ?? 'unknown', body.detail ?? answer.statusText, body.trace_id ?? '');
}

export async function get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  const answer = await fetch(path + (words ? '?' + words : ''), { headers: headers() });
  if (!answer.ok) throw await problem(answer);
  return answer.json();
}

/** With the ETag that names what was read: a command can say that it is about this and nothing newer. */
export async function tagged<T>(path: string): Promise<{ value: T; etag: string }> {
  const answer = await fetch(path, { headers: headers() });
  if (!answer.ok) throw await problem(answer);
  return { value: await answer.json(), etag: answer.headers.get('ETag') ?? '' };
}

export async function text(path: string): Promise<string> {
  const answer = await fetch(path, { headers: headers() });
  if (!answer.ok) throw await problem(answer);
  return answer.text();
}

/** A POST that is no command of a procedure: nothing goes into the ledger. */
export async function act<T>(path: string, body: object): Promise<T> {
  const answer = await fetch(path, { method: 'POST', headers: headers({ 'Content-Type': 'application/json' }), body: JSON.stringify(body) });
  if (!answer.ok) throw await problem(answer);
  return answer.json();
}

export interface Command { command: string; target: string; subject_kind?: string; subject_id?: string; [paper: string]: string | undefined }
/** `etag` of what the officer saw: somebody who was faster makes it a 412, not a silent overwrite. */
export async function post(command: Command, key: string, etag?: string): Promise<{ command_id: string; offset: number }> {
  const more: Record<string, string> = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  if (etag) more['If-Match'] = etag;
  const answer = await fetch('/api/v1/commands', { method: 'POST', headers: headers(more), body: JSON.stringify(command) });
  if (!answer.ok) throw await problem(answer);
  return answer.json();
}
