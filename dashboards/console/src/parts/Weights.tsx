// How heavy the parcels of the evidence are: an empty bag shows at the left.
import { histogram, WEIGHT_EDGES } from '../evidence';
import { t } from '../words';

const W = 400, H = 150, BASE = 120, WIDE = (W - 20) / WEIGHT_EDGES.length;
const name = (n: number) => { const edge = WEIGHT_EDGES[n]; return edge === Infinity ? '> 5 kg' : edge >= 1000 ? `≤ ${edge / 1000} kg` : `≤ ${edge} g`; };

export function Weights({ of, chosen }: { of: number[]; chosen: number }) {
  const counts = histogram(of);
  const most = Math.max(1, ...counts);
  const here = chosen > 0 ? WEIGHT_EDGES.findIndex((edge) => chosen <= edge) : -1;
  return (
    <svg class="weights" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`${t('weights')}: ${counts.map((n, at) => `${name(at)} ${n}`).join(', ')}`}>
      {counts.map((n, at) => {
        const tall = (88 * n) / most;
        return (
          <g>
            <rect class={at === here ? 'bar here' : 'bar'} x={10 + at * WIDE + 4} y={BASE - tall} width={WIDE - 8} height={tall} />
            {n > 0 && <text class="axis" x={10 + (at + 0.5) * WIDE} y={BASE - tall - 5}>{n}</text>}
            <text class="axis" x={10 + (at + 0.5) * WIDE} y={BASE + 16}>{name(at)}</text>
          </g>
        );
      })}
      <line class="tick" x1="10" x2={W - 10} y1={BASE} y2={BASE} />
    </svg>
  );
}
