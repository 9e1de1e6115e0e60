// Loads the console's TypeScript modules into Node as the page would load them, with the few things of a browser that they touch.
import { createServer } from 'vite';

const kept = () => { const map = new Map(); return { getItem: (k) => map.get(k) ?? null, setItem: (k, v) => map.set(k, String(v)) }; };
Object.assign(globalThis, {
  localStorage: kept(), sessionStorage: kept(), matchMedia: () => ({ matches: false }), addEventListener: () => {},
  location: { hash: '' }, document: { documentElement: { dataset: {} } }, history: { replaceState: (_a, _b, hash) => { globalThis.location.hash = hash; } },
});
Object.defineProperty(globalThis, 'navigator', { value: { language: 'en' }, configurable: true });

/** `load('/src/route.ts')`; call `done()` at the end. */
export async function modules() {
  const server = await createServer({ root: new URL('..', import.meta.url).pathname, server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true }, logLevel: 'error', appType: 'custom' });
  return { load: (path) => server.ssrLoadModule(path), done: () => server.close() };
}
