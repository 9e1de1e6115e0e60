// A line over time (uPlot), as wide as its place, in the colours of the page.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../settings';

export interface ChartProps { title: string; times: number[]; lines: { name: string; values: (number | null)[] }[]; unit: (n: number) => string }
const COLOURS = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7'];

export function Chart({ title, times, lines, unit }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = lines.map((l) => l.name).join('|') + theme.value;
  useEffect(() => {
    const element = place.current!;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } };
    const made = new uPlot({
      width: element.clientWidth || 400, height: 170, legend: { live: false }, cursor: { show: false },
      series: [{}, ...lines.map((l, n) => ({ label: l.name, stroke: colour(COLOURS[n % COLOURS.length]), width: 1.5 }))],
      axes: [{ ...axis, values: (_: uPlot, ticks: number[]) => ticks.map((at) => new Date(at * 1000).toLocaleTimeString('en-GB')), space: 80 }, { ...axis, size: 64, values: (_: uPlot, ticks: number[]) => ticks.map(unit) }],
      scales: { y: { range: (_: uPlot, _low: number, high: number): [number, number] => [0, high > 0 ? high * 1.1 : 1] } },
    }, [times, ...lines.map((l) => l.values)], element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: 170 }));
    watch.observe(element);
    return () => { watch.disconnect(); made.destroy(); };
  }, [shape]);
  useEffect(() => { plot.current?.setData([times, ...lines.map((l) => l.values)]); });
  const last = lines.map((l) => `${l.name} ${unit(l.values.at(-1) ?? 0)}`).join(', ');
  return <section class="chart"><h3>{title}</h3><div ref={place} role="img" aria-label={`${title}: ${last}`} /></section>;
}
