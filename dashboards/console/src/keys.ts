// The keyboard: one table a page, the global one behind it. Keys never act while somebody writes.
import { effect, signal } from '@preact/signals';
import { lang, theme } from './settings';
import { go } from './route';

export const helpOpen = signal(false);
export type Keys = Record<string, () => void>;
const stack: Keys[] = [];

const pages: Keys = {
  1: () => go({ page: 'alerts' }), 2: () => go({ page: 'subjects' }), 3: () => go({ page: 'cases' }), 4: () => go({ page: 'lists' }), 5: () => go({ page: 'detectors' }), 6: () => go({ page: 'health' }),
  L: () => { lang.value = lang.value === 'en' ? 'zh' : 'en'; },
  T: () => { theme.value = theme.value === 'dark' ? 'light' : 'dark'; },
  '?': () => { helpOpen.value = !helpOpen.value; },
  Backspace: () => history.back(),
  '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
};

/** Keys of a page while it is shown; returns how to take them away again. */
export function listen(keys: Keys): () => void {
  stack.push(keys);
  return () => { stack.splice(stack.indexOf(keys), 1); };
}

addEventListener('keydown', (event) => {
  const at = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(input|textarea|select)$/i.test(at.tagName)) {
    if (event.key === 'Escape') at.blur();
    return;
  }
  if (event.key === 'Escape' && helpOpen.value) { helpOpen.value = false; return; }
  // Enter on something that has a meaning of its own keeps it.
  if ((event.key === 'Enter' || event.key === ' ') && /^(a|button|summary)$/i.test(at.tagName)) return;
  const name = event.key.length === 1 && /[lt]/i.test(event.key) ? event.key.toUpperCase() : event.key;
  for (const keys of [...stack].reverse().concat(pages)) {
    if (keys[name] ?? keys[event.key]) {
      (keys[name] ?? keys[event.key])();
      event.preventDefault();
      return;
    }
  }
});

/** A cursor over a list: j and k move it, Enter opens. The row at the cursor is scrolled into view. */
export class Cursor {
  readonly at = signal(0);
  constructor(private readonly length: () => number, private readonly open: (at: number) => void) {
    effect(() => {
      const at = this.at.value;
      queueMicrotask(() => document.querySelector(`[data-row="${at}"]`)?.scrollIntoView({ block: 'nearest' }));
    });
  }
  readonly keys: Keys = {
    j: () => this.move(1), ArrowDown: () => this.move(1), k: () => this.move(-1), ArrowUp: () => this.move(-1), Enter: () => { if (this.length() > 0) this.open(this.at.value); },
  };
  private move(by: number) { this.at.value = Math.max(0, Math.min(this.length() - 1, this.at.value + by)); }
}
