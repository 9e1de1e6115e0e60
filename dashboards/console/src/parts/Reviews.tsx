// Reviews that resemble each other, side by side. The ledger has fingerprints, not texts: who has the texts pastes them, sees whether they
// are the recorded ones, and what they share.
import { useState } from 'preact/hooks';
import type { Recorded } from '../types';
import { num, pairs, str, type Pair } from '../evidence';
import { print, shared } from '../simhash';
import { t } from '../words';
import { Time } from './bits';

const MOST = 6;

/** 64 cells, a bit each; those in which the other differs stand out. */
function Bits({ of, other }: { of: string; other: string }) {
  const [mine, theirs] = [BigInt('0x' + of), BigInt('0x' + other)];
  return (
    <svg class="bits" viewBox="0 0 256 12" preserveAspectRatio="none" aria-hidden="true">
      {Array.from({ length: 64 }, (_, n) => {
        const bit = (mine >> BigInt(63 - n)) & 1n;
        return <rect class={`${bit ? 'one' : 'zero'} ${bit === ((theirs >> BigInt(63 - n)) & 1n) ? '' : 'differs'}`} x={n * 4} width="3.4" height="12" />;
      })}
    </svg>
  );
}

function Side({ of, other, text, otherText, write }: { of: Recorded; other: Recorded; text: string; otherText: string; write: (text: string) => void }) {
  const { event } = of;
  const simhash = str(event, 'simhash');
  const same = text ? print(text).simhash === simhash : null;
  return (
    <div class="side">
      <p><strong>{'★'.repeat(num(event, 'stars'))}<span class="unseen">{num(event, 'stars')}</span></strong> <Time of={event.event_time} /> <span class="quiet">{num(event, 'text_points')} {t('points')} · {num(event, 'photos')} {t('photos')}</span></p>
      <p class="quiet"><code>{str(event, 'review_id')}</code> · {t('buyer')} <code>{str(event, 'buyer_pid').slice(0, 8)}</code></p>
      <Bits of={simhash} other={str(other.event, 'simhash')} />
      <label class="pick paste no-print">{t('pastetext')}<textarea rows={2} value={text} onInput={(e) => write(e.currentTarget.value)} /></label>
      {text && <p class="excerpt">{shared(text, otherText).map((piece) => (piece.shared ? <mark>{piece.text}</mark> : piece.text))}</p>}
      {same !== null && <p role="status" class={same ? 'good' : 'note warn'}>{same ? t('textproved') : t('textother')}</p>}
    </div>
  );
}

function PairCard({ of }: { of: Pair }) {
  const [texts, write] = useState<[string, string]>(['', '']);
  return (
    <li class="pair"><p class="quiet">{64 - of.bits} / 64 {t('bitsalike')}</p>
      <div class="sides">
        <Side of={of.a} other={of.b} text={texts[0]} otherText={texts[1]} write={(text) => write([text, texts[1]])} />
        <Side of={of.b} other={of.a} text={texts[1]} otherText={texts[0]} write={(text) => write([texts[0], text])} />
      </div>
    </li>
  );
}

export function Reviews({ of }: { of: Recorded[] }) {
  const found = pairs(of, MOST);
  if (found.length === 0) return <p class="quiet">{t('noreviews')}</p>;
  return <><p class="quiet">{t('reviewhint')}</p><ol class="plain">{found.map((pair) => <PairCard of={pair} />)}</ol></>;
}
