// Where the reader is, as a hash: #/alerts?severity=urgent. A link to a view is a link to its filters.
import { signal } from '@preact/signals';

export interface Route { page: string; id: string; query: Record<string, string> }

export function parse(hash: string): Route {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page = '', ...rest] = path.split('/');
  const decoded: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) decoded[name] = value;
  return { page: page || 'alerts', id: decodeURIComponent(rest.join('/')), query: decoded };
}

export function format(route: Partial<Route> & { page: string }): string {
  const query = new URLSearchParams();
  for (const name of Object.keys(route.query ?? {}).sort()) if (route.query![name]) query.set(name, route.query![name]);
  const words = query.toString();
  return `#/${route.page}${route.id ? '/' + encodeURIComponent(route.id) : ''}${words ? '?' + words : ''}`;
}

export const route = signal<Route>(parse(location.hash));
addEventListener('hashchange', () => { route.value = parse(location.hash); });

export function go(to: Partial<Route> & { page: string }): void { location.hash = format(to); }
/** Changes filters of the page without a new entry in the history. */
export function filter(change: Record<string, string>): void {
  const now = route.value;
  history.replaceState(null, '', format({ ...now, query: { ...now.query, ...change } }));
  route.value = parse(location.hash);
}
