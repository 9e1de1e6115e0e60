// Numbers and times as people read them. Times are shown in China's time, whatever the machine's zone.
import { lang } from './settings';

const zone = 'Asia/Shanghai';
export const locale = () => (lang.value === 'zh' ? 'zh-CN' : 'en-GB');

export function moment(iso: string | null | undefined): string {
  if (!iso) return '–';
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : at.toLocaleString(locale(), { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
}
/** "11-11 08:00": where the year is known and seconds do not matter. */
export function brief(iso: string): string {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', { timeZone: zone, month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(new Date(iso)).map((p) => [p.type, p.value]));
  return `${parts.month}-${parts.day} ${parts.hour}:${parts.minute}`;
}
export function money(fen: number): string { return (fen / 100).toLocaleString(locale(), { style: 'currency', currency: 'CNY' }); }
export function day(iso: string): string { return new Date(iso).toLocaleDateString(locale(), { timeZone: zone, month: '2-digit', day: '2-digit' }); }
export function count(n: number): string { return n.toLocaleString(locale(), { maximumFractionDigits: 0 }); }
/** Fixed point × 1000. */
export function milli(n: number): string { return (n / 1000).toLocaleString(locale(), { maximumFractionDigits: 2 }); }
export function percent(permille: number): string { return (permille / 10).toLocaleString(locale(), { maximumFractionDigits: 1 }) + ' %'; }
export function seconds(s: number): string {
  for (const [name, size] of [['d', 86400], ['h', 3600], ['min', 60], ['s', 1], ['ms', 1e-3], ['µs', 1e-6]] as const) {
    if (Math.abs(s) >= size) return (s / size).toLocaleString(locale(), { maximumSignificantDigits: 3 }) + ' ' + name;
  }
  return '0 s';
}
export function bytes(n: number): string {
  let at = 0;
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  for (; n >= 1024 && at < names.length - 1; ++at) n /= 1024;
  return n.toLocaleString(locale(), { maximumSignificantDigits: 3 }) + ' ' + names[at];
}
