// One thing loaded from the server, and loaded again when what it depends on changes.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
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
  const latest = useRef(tick); // the timer outlives the render whose values the first tick saw
  latest.current = tick;
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) latest.current(); }, ms);
    return () => clearInterval(timer);
  }, []);
}
