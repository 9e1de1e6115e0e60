// The queue of cases as the officer opened it. Walking from case to case follows that order though cases come and go meanwhile: who
// steps forward and back stands where they stood. The list, shown again, shows (and keeps) it as it then is.
import type { Page, Rec } from './types';
import { get } from './api';

export class Queue {
  private filter: string | null = null;
  private read: Promise<Rec[]> | null = null;
  constructor(private readonly load: (state: string) => Promise<Rec[]>) {}

  /** Reads it anew: for the list. */
  renew(state: string): Promise<Rec[]> {
    const read = this.load(state);
    this.filter = state;
    this.read = read;
    read.catch(() => { if (this.read === read) this.read = null; }); // what failed is not kept: the next one asks again
    return read;
  }
  /** As it was opened with this filter; read now when it was not (somebody came by a link). */
  items(state: string): Promise<Rec[]> { return this.read && this.filter === state ? this.read : this.renew(state); }
}

/** Where `by` steps from a case lead: round at both ends; from a case that is not in the queue to its first or last. */
export function step(items: Rec[], id: string, by: number): string | null {
  const at = items.findIndex((c) => c.id === id);
  if (items.length === 0) return null;
  if (at < 0) return items[by > 0 ? 0 : items.length - 1].id;
  return items[(at + by + items.length) % items.length].id;
}

export const queue = new Queue((state) => get<Page<Rec>>('/api/v1/cases', { state, limit: '200' }).then((page) => page.items));
