// A parcel's way against the way an honest parcel goes: stations in their expected order, what was seen of them, and when.
import type { ParcelTrack } from '../types';
import { STATIONS, walk } from '../evidence';
import { say, t } from '../words';
import { brief } from '../format';

const W = 640, H = 92, LEFT = 50, STEP = (W - 2 * LEFT) / (STATIONS.length - 1), Y = 40;
const x = (station: number) => LEFT + station * STEP;

export function Track({ of, paid }: { of: ParcelTrack; paid: string }) {
  const { stops, missing, backwards } = walk(of, paid);
  const seen = new Map(stops.map((stop) => [stop.station, stop]));
  const words = `${of.carrier} ${of.waybill}: ${stops.map((s) => `${say('st_' + s.station)} ${brief(s.at)}`).join(', ')}${missing.length ? `; ${t('notseen')}: ${missing.map((s) => say('st_' + s)).join(', ')}` : ''}${backwards ? `; ${t('backwards')}` : ''}`;
  return (
    <svg class="track" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={words}>
      <line class="expected" x1={x(0)} x2={x(STATIONS.length - 1)} y1={Y} y2={Y} />
      {stops.slice(1).map((stop, n) => {
        const [a, b] = [STATIONS.indexOf(stops[n].station), STATIONS.indexOf(stop.station)];
        // What goes back on the expected way is drawn as a bow, so that it cannot hide behind the line.
        return b < a ? <path class="leg back" d={`M${x(a)},${Y} Q${(x(a) + x(b)) / 2},${Y - 34} ${x(b)},${Y}`} /> : <line class="leg" x1={x(a)} x2={x(b)} y1={Y} y2={Y} />;
      })}
      {STATIONS.map((station, n) => {
        const stop = seen.get(station);
        return (
          <g class={stop ? 'stop' : station === 'hub' || station === 'paid' ? 'stop maybe' : 'stop missing'}>
            <circle cx={x(n)} cy={Y} r="7" />
            <text class="axis" x={x(n)} y={Y - 15}>{say('st_' + station)}</text>
            <text class="axis" x={x(n)} y={Y + 24}>{stop ? brief(stop.at).split(' ')[0] : t('notseen')}</text>
            {stop && <text class="axis" x={x(n)} y={Y + 38}>{brief(stop.at).split(' ')[1]}</text>}
          </g>
        );
      })}
    </svg>
  );
}
