// The recorded events behind the findings: parcels on their way and on the map, their weights, reviews beside each other, all of them in words.
import { useState } from 'preact/hooks';
import type { Evidence, Recorded } from '../types';
import { laneOf, num, paidTimes, str, walk, weightOf } from '../evidence';
import { count, money } from '../format';
import { say, t } from '../words';
import { Time } from './bits';
import { Province } from './Province';
import { Reviews } from './Reviews';
import { Track } from './Track';
import { Weights } from './Weights';

function Parcels({ of }: { of: Evidence }) {
  const tracks = of.tracks.filter((track) => track.scans.length > 0);
  const paid = paidTimes(of);
  const [chosen, choose] = useState('');
  if (tracks.length === 0) return <p class="quiet">{t('noparcels')}</p>;
  const key = (n: number) => `${tracks[n].carrier}/${tracks[n].waybill}`;
  const at = Math.max(0, tracks.findIndex((_, n) => key(n) === chosen));
  const weights = tracks.map(weightOf);
  const rows = tracks.map((track, n) => ({ track, weight: weights[n], ...walk(track, paid.get(key(n)) ?? '') }));
  return (
    <div class="parcels">
      <div>
        <label class="pick">{t('parcel')} <select value={key(at)} onChange={(e) => choose(e.currentTarget.value)}>
          {rows.map(({ track, missing, backwards, weight }, n) => <option value={key(n)}>{track.carrier} {track.waybill}{weight ? ` · ${weight} g` : ''}{missing.length || backwards ? ' · !' : ''}</option>)}
        </select></label>
        <Track of={tracks[at]} paid={paid.get(key(at)) ?? ''} />
        <p class="quiet">{t('trackhint')}</p>
        <details><summary>{t('scans')} ({tracks[at].scans.length})</summary>
          <table><tbody>{tracks[at].scans.map(({ event }) => <tr><td><Time of={event.event_time} /></td><td>{str(event, 'code')}</td><td>{str(event, 'outlet_id')} {str(event, 'outlet_kind')}</td><td>{str(event, 'courier_id')}</td><td>{num(event, 'weight_g') ? `${num(event, 'weight_g')} g` : ''}</td></tr>)}</tbody></table>
        </details>
        <h4>{t('weights')}</h4>
        <Weights of={weights} chosen={weights[at]} />
      </div>
      <Province tracks={tracks} chosen={key(at)} />
    </div>
  );
}

/** What an event says, in a line. */
function gist(event: Recorded['event']): string {
  return [str(event, 'order_id'), num(event, 'paid_fen') ? money(num(event, 'paid_fen')) : num(event, 'amount_fen') ? money(num(event, 'amount_fen')) : '', str(event, 'carrier') && str(event, 'waybill') ? `${str(event, 'carrier')} ${str(event, 'waybill')}` : '',
    str(event, 'code'), str(event, 'kind'), str(event, 'reason'), str(event, 'review_id'), num(event, 'stars') ? '★'.repeat(num(event, 'stars')) : '', str(event, 'outlet_id')].filter(Boolean).join(' · ');
}

export function Events({ of }: { of: Evidence }) {
  const reviews = of.events.filter(({ event }) => laneOf(event) === 'reviews');
  return (
    <>
      <p class="quiet">{count(of.places_found)} / {count(of.places_named)} {t('recorded')}{of.hidden > 0 && <> · {count(of.hidden)} {t('hiddenevents')}</>}{!of.complete && <> · {t('incomplete')}</>}</p>
      <h4>{t('parcels')} ({of.tracks.length})</h4>
      <Parcels of={of} />
      <h4>{t('reviewpairs')} ({reviews.length})</h4>
      <Reviews of={reviews} />
      <details><summary>{t('allevents')} ({of.events.length})</summary>
        <table><thead><tr><th>{t('when')}</th><th>{t('kind')}</th><th>{t('evidence')}</th><th>{t('source')}</th></tr></thead>
          <tbody>{of.events.map(({ source, offset, event }) => <tr><td><Time of={event.event_time} /></td><td>{say(event.type)}</td><td>{gist(event)}</td><td><code>{source}:{offset}</code></td></tr>)}</tbody></table>
      </details>
    </>
  );
}
