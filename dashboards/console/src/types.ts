// The shapes of api/openapi.yaml that the pages read.

export interface Window { start: string; end: string }
export interface SubjectRef { kind: string; id: string }
export interface EvidenceRef { source: string; offset: number }
export interface Reason {
  detector: string; name: string; version: number; reason: string; family: string; llr_milli: number;
  value_milli: number; baseline_milli: number; threshold_milli: number; window: Window; scope: string; count: number;
  en: string; zh: string; evidence: EvidenceRef[];
}
export interface Marking { tlp: string; audience: string[]; owner?: string }
export interface Line { type: string; id: string; version: number; event_time: string; seq: number; task: string; round: number; prev: string; hash: string; marking?: Marking }
export interface Alert extends Line {
  pattern: string; direction: string; severity: string; state: string; subject: SubjectRef; window: Window; posterior_permille: number;
  score: { prior_milli: number; families: { family: string; llr_milli: number; detector: string }[]; total_milli: number };
  reasons: Reason[]; reasons_total: number; withdrawn_reason?: string; caused_by?: EvidenceRef | null; procedure?: Rec | null;
}
/** A case, a list entry or a credit archive: what its output wrote. */
export interface Rec extends Line { state?: string; subject: SubjectRef; [member: string]: unknown }
export interface Page<T> { items: T[]; next_cursor: string | null }
export interface SubjectSummary { id: string; kinds: string[]; alerts_standing: number; alerts_withdrawn: number; last_event_time: string }
export interface Subject { id: string; kinds: string[]; identity: Rec | null; alerts: Alert[]; findings: Reason[]; cases: Rec[]; lists: Rec[]; archive: Rec | null }
export interface GraphNode { id: string; kind: 'subject' | 'alert' | 'finding' | 'evidence'; label: string; hop: number; severity?: string; state?: string; family?: string; en?: string; zh?: string }
export interface GraphEdge { from: string; to: string; reason: string; weight: number }
export interface Graph { subject: string; nodes: GraphNode[]; edges: GraphEdge[]; nodes_left_out: number; edges_left_out: number }
export interface Health {
  status: string; round: number; watermark: string | null; processing_time: string | null; lines: number; alerts_standing: number; alerts_withdrawn: number;
  subjects: number; cases: number; list_entries: number; stream_clients: number; oldest_id: string | null; newest_id: string | null;
}
export interface Readiness { ready: boolean; reasons: { code: string; detail?: string }[] }
/** An event in the words of its schema (api/schema). */
export interface RecordedEvent { type: string; source: string; event_time: string; [member: string]: unknown }
export interface Recorded { source?: string; offset?: number; event: RecordedEvent }
export interface ParcelTrack { carrier: string; waybill: string; scans: Recorded[] }
export interface Evidence { subject: string; events: Recorded[]; tracks: ParcelTrack[]; places_named: number; places_asked: number; places_found: number; hidden: number; complete: boolean }
/** What people made of a detector's alerts. */
export interface DetectorVerdicts { detector: string; confirmed: number; worthy: number; rejected: number; undecided: number; precision_permille: number | null; low_permille: number; high_permille: number }
/** A threshold: its bounds, its default, what is in force. */
export interface Rule { name: string; unit: string; reason: string; low: number; high: number; default: number; value: number }
interface BacktestStand { standing: boolean; severity?: string; posterior_permille: number; held_back?: string }
interface BacktestShift { change: string; id: string; subject: string; pattern: string; week: string; recorded: BacktestStand; proposed: BacktestStand; terms: { family: string; detector_recorded: string; detector_proposed: string; recorded_milli: number; proposed_milli: number }[] }
interface BacktestDetector { detector: string; findings_recorded: number; findings_proposed: number; on_trial_recorded: number; on_trial_proposed: number; alerts_recorded: number; alerts_proposed: number }
export interface BacktestJob {
  id: string; by: string; state: 'running' | 'done' | 'cancelled' | 'failed'; rules: Record<string, number>; done_permille: number; rounds: number; appears?: number; vanishes?: number; moves?: number; error?: string;
  report?: { unchanged: number; compared_rounds: number; shifts: BacktestShift[]; detectors: BacktestDetector[] };
}
