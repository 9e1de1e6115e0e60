// Positions of the evidence graph: the same graph gives the same picture, whatever the moment or the machine.
import { forceCollide, forceLink, forceManyBody, forceRadial, forceSimulation, type SimulationNodeDatum } from 'd3-force';
import type { Graph, GraphNode } from '../types';

export interface Placed extends SimulationNodeDatum { node: GraphNode; x: number; y: number }
/** Enough for 300 nodes to come to rest; a fixed number, never "until it looks still". */
const TICKS = 240;

/** A number in [0, 1) from a text (FNV-1a): where a node starts depends on its name alone. */
export function fraction(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; ++i) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return h / 0x100000000;
}

export function layout(graph: Graph, width: number, height: number): Placed[] {
  const nodes: Placed[] = [...graph.nodes].sort((a, b) => (a.id < b.id ? -1 : 1)).map((node) => {
    const angle = 2 * Math.PI * fraction(node.id);
    const far = node.hop * 90 * (0.7 + 0.6 * fraction(node.id + '#'));
    // The subject stays in the middle, whatever pulls at it.
    const fixed = node.hop === 0 ? { fx: width / 2, fy: height / 2 } : {};
    return { node, x: width / 2 + far * Math.cos(angle), y: height / 2 + far * Math.sin(angle), ...fixed };
  });
  const at = new Map(nodes.map((n) => [n.node.id, n]));
  const links = graph.edges.filter((e) => at.has(e.from) && at.has(e.to)).map((e) => ({ source: at.get(e.from)!, target: at.get(e.to)! }));
  let seed = 7;
  const simulation = forceSimulation(nodes)
    .randomSource(() => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 0x100000000)
    .force('link', forceLink(links).distance(52).strength(0.5))
    .force('charge', forceManyBody().strength(-90))
    .force('collide', forceCollide(11))
    .force('ring', forceRadial<Placed>((n) => n.node.hop * 84, width / 2, height / 2).strength(0.7))
    .stop();
  simulation.tick(TICKS);
  for (const n of nodes) {
    n.x = Math.round(Math.max(14, Math.min(width - 14, n.x)) * 10) / 10;
    n.y = Math.round(Math.max(14, Math.min(height - 14, n.y)) * 10) / 10;
  }
  return nodes;
}
