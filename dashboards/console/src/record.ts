// Reads what the lines of cases, list entries and archives carry, whichever of them it is.
import type { Rec } from './types';

export interface Due { kind: string; last_day: string; until: string; provisional?: boolean }
type Inner = Record<string, unknown>;

/** The object that the line is about: its case, entry, alert or item. */
export function inner(of: Rec): Inner {
  for (const name of ['case', 'entry', 'alert', 'item']) if (typeof of[name] === 'object' && of[name]) return of[name] as Inner;
  return of as Inner;
}
export const stateOf = (of: Rec): string => String(of.state ?? inner(of).state ?? '');
export const listOf = (of: Rec): string => String(of.list ?? inner(of).list ?? '').toLowerCase();
export const text = (of: Rec, name: string): string => { const v = inner(of)[name]; return typeof v === 'string' ? v : ''; };
export const texts = (of: Rec, name: string): string[] => { const v = inner(of)[name]; return Array.isArray(v) ? v.filter((x): x is string => typeof x === 'string') : []; };
export function dues(of: Rec): Due[] {
  return ['due', 'rectify_due'].map((name) => inner(of)[name]).filter((d): d is Due => typeof d === 'object' && d !== null && 'until' in d);
}
export function overdue(due: Due, now: number): boolean { return Date.parse(due.until) <= now; }

/** What a person may ask of a case in this state, and what it needs; the engine's table decides (alliance/machine). */
export const verbs: Record<string, { verb: string; role: string; needs: string[] }[]> = {
  OPEN: [
    { verb: 'request_evidence', role: 'analyst', needs: ['member'] }, { verb: 'ask_subject', role: 'analyst', needs: [] },
    { verb: 'confirm', role: 'senior', needs: ['reason'] }, { verb: 'close', role: 'senior', needs: ['reason'] },
  ],
  EVIDENCE: [{ verb: 'submit_evidence', role: 'platform', needs: ['evidence'] }],
  EXPLAIN: [{ verb: 'answer', role: 'subject', needs: [] }],
  CONFIRMED: [{ verb: 'refer', role: 'senior', needs: ['evidence'] }, { verb: 'propose', role: 'analyst', needs: [] }],
  REFERRED: [{ verb: 'accept_referral', role: 'regulator', needs: ['document'] }, { verb: 'penalise', role: 'regulator', needs: ['document'] }, { verb: 'drop', role: 'regulator', needs: ['document'] }],
  PENALISED: [{ verb: 'propose', role: 'regulator', needs: [] }],
  LINKED: [{ verb: 'reopen', role: 'senior', needs: ['evidence'] }],
  CLOSED_VICTIM: [{ verb: 'reopen', role: 'senior', needs: ['evidence'] }],
  CLOSED_UNPROVEN: [{ verb: 'reopen', role: 'senior', needs: ['evidence'] }],
  CLOSED_CLEARED: [{ verb: 'reopen', role: 'senior', needs: ['evidence'] }],
};
