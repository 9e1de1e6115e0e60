// What can be read from recorded events without looking at a page: lanes, stations of a parcel, weights, reviews that resemble each other.
import type { Evidence, ParcelTrack, Recorded, RecordedEvent } from './types';

export const str = (event: RecordedEvent, name: string): string => (typeof event[name] === 'string' ? (event[name] as string) : '');
export const num = (event: RecordedEvent, name: string): number => (typeof event[name] === 'number' ? (event[name] as number) : 0);

export type Lane = 'orders' | 'reviews' | 'parcels' | 'views' | 'complaints';
/** In the order in which they are drawn. */
export const LANES: Lane[] = ['views', 'orders', 'parcels', 'reviews', 'complaints'];
const lanes: Record<string, Lane> = { order: 'orders', review: 'reviews', parcel: 'parcels', traffic: 'views', complaint: 'complaints' };
export const laneOf = (event: RecordedEvent): Lane | null => lanes[event.type.split('.')[0]] ?? null;

/** The way an honest parcel goes, station by station; a hub is expected only where it has far to go. */
export const STATIONS = ['paid', 'picked_up', 'hub', 'arrived', 'delivering', 'signed'] as const;
export type Station = (typeof STATIONS)[number];

export function stationOf(scan: RecordedEvent): Station | null {
  const code = str(scan, 'code');
  if (code === 'picked_up') return 'picked_up';
  if (code.startsWith('signed')) return 'signed';
  if (code === 'out_for_delivery' || code === 'at_station') return 'delivering';
  if (str(scan, 'outlet_kind') === 'hub') return 'hub';
  return code === 'arrived' ? 'arrived' : null;
}

export interface Stop { station: Station; at: string; scans: number }
/** Stations in the order in which the parcel was first seen at each, and those where it never was. `paid` comes from the order, when the evidence has it. */
export function walk(track: ParcelTrack, paid: string): { stops: Stop[]; missing: Station[]; backwards: number } {
  const first = new Map<Station, Stop>();
  const see = (station: Station | null, at: string) => {
    if (!station) return;
    const known = first.get(station);
    if (known) known.scans++;
    else first.set(station, { station, at, scans: 1 });
  };
  if (paid) see('paid', paid);
  const left = track.scans.find(({ event }) => stationOf(event) === 'picked_up');
  for (const { event } of track.scans) {
    const station = stationOf(event);
    // An arrival at the outlet where it began is no arrival yet.
    if (station === 'arrived' && left && str(event, 'outlet_id') === str(left.event, 'outlet_id')) continue;
    see(station, event.event_time);
  }
  const stops = [...first.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || STATIONS.indexOf(a.station) - STATIONS.indexOf(b.station));
  const rank = stops.map((stop) => STATIONS.indexOf(stop.station));
  return { stops, missing: STATIONS.filter((s) => !first.has(s) && (s !== 'paid' || paid !== '')), backwards: rank.filter((r, n) => n > 0 && r < rank[n - 1]).length };
}

/** When the order of each waybill was paid or made, as far as the evidence tells: "carrier/waybill" → time. */
export function paidTimes(of: Evidence): Map<string, string> {
  const out = new Map<string, string>();
  for (const { event } of of.events) {
    const waybill = str(event, 'waybill');
    const at = str(event, 'paid_time') || (event.type.startsWith('order.') ? event.event_time : '');
    if (waybill && at) out.set(`${str(event, 'carrier')}/${waybill}`, at);
  }
  return out;
}

/** Median of a parcel's weighings in grams; 0 when nobody weighed it. */
export function weightOf(track: ParcelTrack): number {
  const weights = track.scans.map(({ event }) => num(event, 'weight_g')).filter((w) => w > 0).sort((a, b) => a - b);
  return weights[(weights.length - 1) >> 1] ?? 0;
}
/** Upper edges in grams: an empty bag weighs some 20 to 100 g, most goods 200 g to 3 kg. */
export const WEIGHT_EDGES = [50, 100, 200, 500, 1000, 2000, 5000, Infinity];
export function histogram(weights: number[]): number[] {
  const out = WEIGHT_EDGES.map(() => 0);
  for (const w of weights) if (w > 0) out[WEIGHT_EDGES.findIndex((edge) => w <= edge)]++;
  return out;
}

/** Bits in which two fingerprints of 16 hex digits differ. */
export function distance(a: string, b: string): number {
  let bits = 0;
  for (let x = BigInt('0x' + a) ^ BigInt('0x' + b); x > 0n; x &= x - 1n) bits++;
  return bits;
}
export interface Pair { a: Recorded; b: Recorded; bits: number }
/** Pairs of reviews by different buyers whose texts resemble each other most, the nearest first; each review in one pair. */
export function pairs(events: Recorded[], most: number): Pair[] {
  const reviews = events.filter(({ event }) => event.type.startsWith('review.') && /^[0-9a-f]{16}$/.test(str(event, 'simhash')));
  const all: Pair[] = [];
  for (let i = 0; i < reviews.length; ++i) for (let j = i + 1; j < reviews.length; ++j) {
    const [a, b] = [reviews[i], reviews[j]];
    if (str(a.event, 'buyer_pid') === str(b.event, 'buyer_pid') || str(a.event, 'review_id') === str(b.event, 'review_id')) continue;
    all.push({ a, b, bits: distance(str(a.event, 'simhash'), str(b.event, 'simhash')) });
  }
  all.sort((x, y) => x.bits - y.bits);
  const used = new Set<Recorded>();
  return all.filter(({ a, b }) => !used.has(a) && !used.has(b) && (used.add(a), used.add(b), true)).slice(0, most);
}
