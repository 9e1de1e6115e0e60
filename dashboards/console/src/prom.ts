// Reads Prometheus text 0.0.4, as far as the health and detector pages need it.

export interface Sample { name: string; labels: Record<string, string>; value: number }

export function parse(text: string): Sample[] {
  const out: Sample[] = [];
  for (const line of text.split('\n')) {
    const found = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)/i.exec(line);
    if (!found || line.startsWith('#')) continue;
    const labels: Record<string, string> = {};
    for (const label of (found[2] ?? '').matchAll(/([a-z_0-9]+)="((?:[^"\\]|\\.)*)"/gi)) labels[label[1]] = label[2].replace(/\\(.)/g, '$1');
    out.push({ name: found[1], labels, value: found[3] === '+Inf' ? Infinity : Number(found[3]) });
  }
  return out;
}

export const sum = (samples: Sample[], name: string, where: Record<string, string> = {}): number =>
  samples.filter((s) => s.name === name && Object.entries(where).every(([k, v]) => s.labels[k] === v)).reduce((total, s) => total + s.value, 0);

/** The values of one family by one label, in the order of the text. */
export function by(samples: Sample[], name: string, label: string, where: Record<string, string> = {}): Map<string, number> {
  const out = new Map<string, number>();
  for (const s of samples) {
    if (s.name !== name || !Object.entries(where).every(([k, v]) => s.labels[k] === v)) continue;
    out.set(s.labels[label] ?? '', (out.get(s.labels[label] ?? '') ?? 0) + s.value);
  }
  return out;
}
