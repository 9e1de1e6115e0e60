// The evidence around a subject. Every edge says why it is there; nodes and edges can be reached with the keyboard.
import { useMemo, useState } from 'preact/hooks';
import type { Graph, GraphEdge, GraphNode } from '../types';
import { say, sentence, t } from '../words';
import { count, milli, percent } from '../format';
import { layout } from './graph_layout';

const W = 860, H = 520;

function shape(node: GraphNode, x: number, y: number) {
  if (node.kind === 'subject') return <rect x={x - 11} y={y - 11} width="22" height="22" rx="3" />;
  if (node.kind === 'alert') return <polygon points={`${x},${y - 11} ${x + 11},${y + 8} ${x - 11},${y + 8}`} />;
  if (node.kind === 'finding') return <polygon points={`${x},${y - 9} ${x + 9},${y} ${x},${y + 9} ${x - 9},${y}`} />;
  return <circle cx={x} cy={y} r="5" />;
}
function why(edge: GraphEdge): string {
  const weight = edge.reason === 'accused_in' ? percent(edge.weight) : edge.reason === 'told_by' ? milli(edge.weight) : count(edge.weight);
  const unit = edge.reason === 'accused_in' ? t('accused_weight') : edge.reason === 'told_by' ? t('told_weight') : t('rests_weight');
  return `${say(edge.reason)} · ${unit} ${weight}`;
}
const stroke = (edge: GraphEdge) => (edge.reason === 'accused_in' ? 1 + edge.weight / 300 : edge.reason === 'told_by' ? 1 + edge.weight / 2000 : 1 + Math.min(4, edge.weight / 50));

export function EvidenceGraph({ of }: { of: Graph }) {
  const placed = useMemo(() => layout(of, W, H), [of]);
  const [chosen, choose] = useState<{ node?: GraphNode; edge?: GraphEdge }>({});
  const at = new Map(placed.map((p) => [p.node.id, p]));
  const told = (node: GraphNode) => sentence(node) || `${say(node.kind)} ${node.label}`;
  const enter = (act: () => void) => (e: KeyboardEvent) => { if (e.key === 'Enter' || e.key === ' ') { act(); e.preventDefault(); e.stopPropagation(); } };
  return (
    <figure class="graph">
      <svg viewBox={`0 0 ${W} ${H}`} role="group" aria-label={t('graph')}>
        {of.edges.filter((e) => at.has(e.from) && at.has(e.to)).map((edge) => {
          const [a, b] = [at.get(edge.from)!, at.get(edge.to)!];
          const act = () => choose({ edge });
          return <line class={`edge edge-${edge.reason} ${chosen.edge === edge ? 'chosen' : ''}`} x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke-width={stroke(edge)} onClick={act}><title>{why(edge)}</title></line>;
        })}
        {placed.map(({ node, x, y }) => {
          const act = () => choose({ node });
          return (
            <g class={`node node-${node.kind} ${node.severity ? 'sev-' + node.severity : ''} ${node.family ? 'fam-' + node.family : ''} ${node.state ?? ''} ${chosen.node === node ? 'chosen' : ''}`}
              role="button" tabindex={node.kind === 'evidence' ? -1 : 0} aria-label={told(node)} onClick={act} onKeyDown={enter(act)}>
              {shape(node, x, y)}<title>{told(node)}</title>
              {node.hop <= 1 && <text x={x} y={y + 24}>{node.label.slice(0, 22)}</text>}
            </g>
          );
        })}
      </svg>
      <figcaption aria-live="polite">
        {chosen.node && <div><p><strong>{told(chosen.node)}</strong></p>
          <ul>{of.edges.filter((e) => e.from === chosen.node!.id || e.to === chosen.node!.id).slice(0, 12).map((e) => {
            const other = at.get(e.from === chosen.node!.id ? e.to : e.from);
            return <li>{why(e)}{other ? ` → ${told(other.node)}` : ''}</li>;
          })}</ul></div>}
        {chosen.edge && <p><strong>{why(chosen.edge)}</strong>: {told(at.get(chosen.edge.from)!.node)} → {told(at.get(chosen.edge.to)!.node)}</p>}
        {!chosen.node && !chosen.edge && <p class="quiet">{t('graphhint')}</p>}
        {of.nodes_left_out > 0 && <p class="quiet">+{of.nodes_left_out} {t('leftout')}</p>}
      </figcaption>
    </figure>
  );
}
