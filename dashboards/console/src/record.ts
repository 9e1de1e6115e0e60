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

export interface Verb { verb: string; role: string; needs: Paper[] }
export type Paper = 'reason' | 'member' | 'evidence' | 'document' | 'behaviour' | 'note';
const reopen: Verb[] = [{ verb: 'reopen', role: 'senior', needs: ['evidence'] }];

/** What a person may ask of an alert or a case in this state, and the papers it takes; the engine's table decides (alliance/machine). */
export const verbs: Record<string, Verb[]> = {
  NEW: [{ verb: 'take', role: 'analyst', needs: [] }],
  TRIAGE: [{ verb: 'open', role: 'analyst, senior', needs: ['reason'] }, { verb: 'dismiss', role: 'analyst', needs: ['reason'] }],
  OPEN: [
    { verb: 'request_evidence', role: 'analyst', needs: ['member'] }, { verb: 'ask_subject', role: 'analyst', needs: [] },
    { verb: 'confirm', role: 'senior', needs: ['reason', 'behaviour'] }, { verb: 'close', role: 'senior', needs: ['reason'] },
  ],
  EVIDENCE: [{ verb: 'submit_evidence', role: 'platform, carrier', needs: ['evidence'] }],
  EXPLAIN: [{ verb: 'answer', role: 'subject', needs: ['note'] }],
  CONFIRMED: [{ verb: 'refer', role: 'senior', needs: ['evidence'] }],
  REFERRED: [{ verb: 'accept_referral', role: 'regulator', needs: ['document'] }, { verb: 'penalise', role: 'regulator', needs: ['document'] }, { verb: 'drop', role: 'regulator', needs: ['document'] }],
  LINKED: reopen, CLOSED_VICTIM: reopen, CLOSED_UNPROVEN: reopen, CLOSED_CLEARED: reopen, CLOSED_DROPPED: reopen,
};
