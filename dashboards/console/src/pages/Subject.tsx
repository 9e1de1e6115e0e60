// Why a subject is suspected: alerts, arithmetic, findings against their baselines, timeline, graph, what people decided.
import { useMemo } from 'preact/hooks';
import type { Alert, Evidence, Graph, Subject as SubjectOf } from '../types';
import { get, Problem, tagged } from '../api';
import { useLoad } from '../load';
import { format, route } from '../route';
import { say, t } from '../words';
import { milli, percent } from '../format';
import { Chip, Failure, Loading, Meter, Severity, Time, useKeys } from '../parts/bits';
import { ReasonCard } from '../parts/Baseline';
import { Timeline } from '../parts/Timeline';
import { Events } from '../parts/Events';
import { EvidenceGraph } from '../parts/EvidenceGraph';
import { RecordRow } from '../parts/Record';
import { Decision } from '../parts/Decision';
import { stateOf, text } from '../record';

function Arithmetic({ of }: { of: Alert }) {
  const terms = [{ name: t('prior'), value: of.score.prior_milli }, ...of.score.families.map((f) => ({ name: `${say(f.family)} (${f.detector})`, value: f.llr_milli }))];
  return (
    <table class="sum">
      <caption>{t('arithmetic')}: 1 / (1 + e<sup>−{t('total')}</sup>) = {percent(of.posterior_permille)}</caption>
      <tbody>{terms.map((term) => <tr><th>{term.name}</th><td>{milli(term.value)}</td></tr>)}
        <tr class="total"><th>{t('total')}</th><td>{milli(of.score.total_milli)} {t('nats')}</td></tr></tbody>
    </table>
  );
}

/** Where people stand with the alert, and what they may do next. Only for those who may see it. */
function Procedure({ id }: { id: string }) {
  const { state, again } = useLoad(() => tagged<Alert>(`/api/v1/alerts/${encodeURIComponent(id)}`), [id]);
  const procedure = state.value.value?.value.procedure;
  if (!procedure) return null;
  return (
    <section class="no-print"><h4>{t('procedure')}</h4>
      <ul class="plain"><RecordRow of={procedure} /></ul>
      <Decision target={id} subject={state.value.value!.value.subject} now={stateOf(procedure)} etag={state.value.value!.etag} again={again} />
    </section>
  );
}

function AlertCard({ of, chosen }: { of: Alert; chosen: boolean }) {
  return (
    <details class={`card ${of.state}`} open={chosen}>
      <summary><Severity of={of.severity} /> {say(of.pattern)} · <Time of={of.window.start} /> · <Meter permille={of.posterior_permille} words={percent(of.posterior_permille)} /> {of.state === 'withdrawn' && <Chip>{t('withdrawn')}</Chip>}</summary>
      <Arithmetic of={of} />
      <h4>{t('reasons')} ({of.reasons_total})</h4>
      <ol class="reasons">{of.reasons.map((r) => <ReasonCard of={r} />)}</ol>
      <Procedure id={of.id} />
      <p class="quiet">{t('proof')}: {of.id} v{of.version} · {of.task} #{of.seq} · <code>{of.hash}</code></p>
    </details>
  );
}

export function Subject() {
  const id = route.value.id;
  const path = `/api/v1/subjects/${encodeURIComponent(id)}`;
  const { state, again } = useLoad(() => get<SubjectOf>(path), [id]);
  const graph = useLoad(() => get<Graph>(path + '/graph', { nodes: '300' }), [id]);
  // Who may not read what others sent still sees everything that was concluded from it.
  const evidence = useLoad<Evidence | null>(() => get<Evidence>(path + '/evidence', { places: '400' }).catch((e) => { if (e instanceof Problem && e.status === 403) return null; throw e; }), [id]);
  useKeys(useMemo(() => ({ P: () => print() }), []));
  const { value, error } = state.value;
  if (error && !value) return <Failure error={error} again={again} />;
  if (!value) return <Loading />;
  const wanted = route.value.query.alert ?? value.alerts[0]?.id;
  return (
    <div class="subject">
      <div class="tools"><h2 class="id">{value.id}</h2> {value.identity && <span>{text(value.identity, 'name')}</span>} {value.kinds.map((k) => <Chip>{say(k)}</Chip>)} <a href={format({ page: 'alerts', query: { q: value.id } })}>{t('alerts')}</a> <button onClick={() => print()}>{t('print')}</button></div>
      <section><h3>{t('timeline')}</h3><Timeline of={value} evidence={evidence.state.value.value} /></section>
      <section><h3>{t('past')} ({value.alerts.length})</h3>{value.alerts.length === 0 ? <p class="quiet">{t('none')}</p> : value.alerts.map((a) => <AlertCard of={a} chosen={a.id === wanted} />)}</section>
      <section class="events"><h3>{t('evidence')}</h3>
        {evidence.state.value.error ? <Failure error={evidence.state.value.error} again={evidence.again} /> : evidence.state.value.value ? <Events of={evidence.state.value.value} /> : evidence.state.value.busy ? <Loading /> : <p class="quiet">{t('notforrole')}</p>}
      </section>
      <section class="no-print"><h3>{t('graph')}</h3>
        {graph.state.value.error ? <Failure error={graph.state.value.error} again={graph.again} /> : graph.state.value.value ? <EvidenceGraph of={graph.state.value.value} /> : <Loading />}
      </section>
      <section><h3>{t('history')}</h3>{value.cases.length === 0 ? <p class="quiet">{t('none')}</p> : <ul class="plain">{value.cases.map((c) => <RecordRow of={c} />)}</ul>}</section>
      <section><h3>{t('entries')}</h3>{value.lists.length === 0 ? <p class="quiet">{t('none')}</p> : <ul class="plain">{value.lists.map((e) => <RecordRow of={e} />)}</ul>}</section>
      {value.archive && <section><h3>{t('archive')}</h3><ul class="plain"><RecordRow of={value.archive} /></ul></section>}
    </div>
  );
}
