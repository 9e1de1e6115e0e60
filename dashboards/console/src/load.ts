// One thing loaded from the server, and loaded again when what it depends on changes.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Problem } from './api';

export interface Loaded<T> { value: T | null; error: Problem | Error | null; busy: boolean }

export function useLoad<T>(load: () => Promise<T>, deps: unknown[]): { state: Signal<Loaded<T>>; again: () => void } {
  const state = useMemo(() => signal<Loaded<T>>({ value: null, error: null, busy: true }), []);
  const counter = useMemo(() => ({ n: 0 }), []);
  const again = () => {
    const mine = ++counter.n; // an answer that comes late does not replace a newer one
    state.value = { ...state.value, busy: true };
    load().then(
      (value) => { if (mine === counter.n) state.value = { value, error: null, busy: false }; },
      (error) => { if (mine === counter.n) state.value = { value: state.value.value, error, busy: false }; },
    );
  };
  useEffect(again, deps);
  return { state, again };
}

/** Calls `tick` every `ms` while the page is shown and visible. */
export function useEvery(ms: number, tick: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) tick(); }, ms);
    return () => clearInterval(timer);
  }, []);
}
