// Where parcels went: tracks over an outline of the province. Places outside it stand at its edge, in their direction.
import type { ParcelTrack } from '../types';
import { num } from '../evidence';
import { lang } from '../settings';
import { t } from '../words';
import { CITIES, OUTLINE } from './shaanxi';

const WEST = 104.9, NORTH = 39.9, PER_DEGREE = 54, W = 300, H = 456, EDGE = 8;
/** Degrees of longitude are shorter here: the cosine of the province's middle latitude, 35.6°. */
const NARROW = 0.813;

export function place(lat: number, lon: number): { x: number; y: number; outside: boolean } {
  const x = (lon - WEST) * NARROW * PER_DEGREE, y = (NORTH - lat) * PER_DEGREE;
  if (x >= EDGE && x <= W - EDGE && y >= EDGE && y <= H - EDGE) return { x, y, outside: false };
  // On the line from the middle, where it meets the frame.
  const [dx, dy] = [x - W / 2, y - H / 2];
  const k = Math.min((W / 2 - EDGE) / Math.abs(dx || 1e-9), (H / 2 - EDGE) / Math.abs(dy || 1e-9));
  return { x: W / 2 + dx * k, y: H / 2 + dy * k, outside: true };
}

export function Province({ tracks, chosen }: { tracks: ParcelTrack[]; chosen: string }) {
  const drawn = tracks.map((track) => ({
    key: `${track.carrier}/${track.waybill}`,
    points: track.scans.filter(({ event }) => num(event, 'lat_e6') || num(event, 'lon_e6')).map(({ event }) => place(num(event, 'lat_e6') / 1e6, num(event, 'lon_e6') / 1e6)),
  }));
  const shown = [...drawn].sort((a, b) => Number(a.key === chosen) - Number(b.key === chosen)); // the chosen one on top
  return (
    <svg class="province" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`${t('map')}: ${drawn.filter((d) => d.points.length).length}`}>
      <polygon class="land" points={OUTLINE.map(([lon, lat]) => { const p = place(lat, lon); return `${p.x.toFixed(1)},${p.y.toFixed(1)}`; }).join(' ')} />
      {CITIES.map((c) => { const p = place(c.lat, c.lon); return <g class="city"><circle cx={p.x} cy={p.y} r="2.5" /><text class="axis" x={p.x} y={p.y + (c.code === '6104' ? 15 : c.code === '6102' ? -6 : -6)} style={c.code === '6104' ? { textAnchor: 'end' } : undefined}>{lang.value === 'zh' ? c.zh : c.en}</text></g>; })}
      {shown.map((d) => (
        <g class={d.key === chosen ? 'way chosen' : 'way'}>
          <polyline points={d.points.map((p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`).join(' ')} />
          {d.key === chosen && d.points.map((p, n) => <circle class={p.outside ? 'outside' : n === d.points.length - 1 ? 'last' : ''} cx={p.x} cy={p.y} r="4" />)}
        </g>
      ))}
    </svg>
  );
}
