// Every measure under the kind of rule that uses it.
import { circuitOpen, deadLetters, schemaDrift, stalledRuns } from './counts.ts';
import type { Measure, MeasuredKind, MeasuredRule } from './measure.ts';
import { errorShare, escalationRate, lowConfidence } from './shares.ts';
import { cost, latency } from './slots.ts';

const MEASURES: Readonly<Record<MeasuredKind, Measure>> = {
  error_share: errorShare,
  low_confidence: lowConfidence,
  escalation_rate: escalationRate,
  stalled_runs: stalledRuns,
  schema_drift: schemaDrift,
  cost,
  latency,
  dead_letters: deadLetters,
  circuit_open: circuitOpen,
};

export const measureOf = (rule: MeasuredRule): Measure => MEASURES[rule.kind];
export const isMeasured = (rule: { readonly kind: string }): rule is MeasuredRule => Object.hasOwn(MEASURES, rule.kind);
