// The fingerprint of a review's text as the door computes it (connectors/codec/simhash.h), and what two texts have in common.
// Who has the texts can so show that they are the recorded ones; the texts stay in this page.

const WORD = (1n << 64n) - 1n;

/** splitmix64's finaliser over a blend with a constant: engine/base/hash.h, mix64. */
function mix(a: bigint): bigint {
  let x = (a * 0x9e3779b97f4a7c15n + 0x5851f42d4c957f2dn + 0x7f4a7c15n) & WORD;
  x = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & WORD;
  x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & WORD;
  return x ^ (x >> 31n);
}

/** NFKC, case folded, without what is ignored by default; as code points. */
export function normal(text: string): string[] {
  return [...text.normalize('NFKC').toUpperCase().toLowerCase().replace(/\p{Default_Ignorable_Code_Point}/gu, '').normalize('NFKC')];
}

export interface Print { simhash: string; points: number }
export function print(text: string): Print {
  const points = normal(text);
  if (points.length === 0) return { simhash: '', points: 0 };
  const votes = new Int32Array(64);
  for (let g = 0; g < Math.max(1, points.length - 2); ++g) {
    let packed = 0n;
    for (let k = 0; k < 3; ++k) packed = (packed << 21n) | BigInt(points[g + k]?.codePointAt(0) ?? 0);
    for (let bits = mix(packed), bit = 0; bit < 64; ++bit, bits >>= 1n) votes[bit] += bits & 1n ? 1 : -1;
  }
  let out = 0n;
  for (let bit = 0; bit < 64; ++bit) if (votes[bit] > 0) out |= 1n << BigInt(bit);
  return { simhash: (out === 0n ? 1n : out).toString(16).padStart(16, '0'), points: points.length };
}

export interface Piece { text: string; shared: boolean }
/** `text` in pieces: those inside a run of three code points that `other` has as well, and those that are not. */
export function shared(text: string, other: string): Piece[] {
  const mine = normal(text), theirs = normal(other);
  const grams = new Set(theirs.slice(0, Math.max(0, theirs.length - 2)).map((_, n) => theirs.slice(n, n + 3).join('')));
  const marked = mine.map(() => false);
  for (let n = 0; n + 3 <= mine.length; ++n) if (grams.has(mine.slice(n, n + 3).join(''))) marked.fill(true, n, n + 3);
  const out: Piece[] = [];
  mine.forEach((point, n) => {
    if (out.length && out[out.length - 1].shared === marked[n]) out[out.length - 1].text += point;
    else out.push({ text: point, shared: marked[n] });
  });
  return out;
}
