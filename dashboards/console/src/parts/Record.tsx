// One line about a case, a list entry or an archive; its deadlines as chips.
import type { Rec } from '../types';
import { dues, listOf, overdue, stateOf, text } from '../record';
import { say, t } from '../words';
import { Chip, SubjectLink, Time } from './bits';
import { format } from '../route';

export function Deadlines({ of }: { of: Rec }) {
  return <>{dues(of).map((d) => <Chip kind={overdue(d, Date.now()) ? 'sev-urgent' : 'due'}>{overdue(d, Date.now()) ? t('overdue') : t('due')} {d.last_day} · {d.kind}{d.provisional ? ` · ${t('provisional')}` : ''}</Chip>)}</>;
}

export function RecordRow({ of, withSubject }: { of: Rec; withSubject?: boolean }) {
  const list = listOf(of);
  const score = of.score as { value: number } | undefined; // of an archive
  return (
    <li class="record">
      {list && <Chip kind={`list-${list}`}>{say(list)}</Chip>} {stateOf(of) && <Chip>{stateOf(of)}</Chip>} {score && <Chip>{t('score')} {score.value}</Chip>} {of.type === 'case' ? <a href={format({ page: 'cases', id: of.id })}>{of.id}</a> : <span>{of.id}</span>} v{of.version}
      {' '}<Time of={of.event_time} /> <Deadlines of={of} /> {withSubject && <SubjectLink id={of.subject.id} />} <span class="quiet">{text(of, 'behaviour')} {text(of, 'facts')}</span>
    </li>
  );
}
