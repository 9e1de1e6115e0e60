// What the reader chose: language, colours, who they are. Kept in this browser; the token only for this tab.
import { effect, signal } from '@preact/signals';

export type Lang = 'en' | 'zh';
export type Theme = 'light' | 'dark';

const from = <T extends string>(key: string, allowed: readonly T[], otherwise: T): T => {
  const kept = localStorage.getItem(key) as T | null;
  return kept && allowed.includes(kept) ? kept : otherwise;
};

export const lang = signal<Lang>(from('lang', ['en', 'zh'], navigator.language.startsWith('zh') ? 'zh' : 'en'));
export const theme = signal<Theme>(from('theme', ['light', 'dark'], matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
export const token = signal(sessionStorage.getItem('token') ?? '');

effect(() => {
  localStorage.setItem('lang', lang.value);
  document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en';
});
effect(() => {
  localStorage.setItem('theme', theme.value);
  document.documentElement.dataset.theme = theme.value;
});
effect(() => sessionStorage.setItem('token', token.value));
