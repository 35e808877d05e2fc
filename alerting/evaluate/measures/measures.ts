// Every measure under the kind of rule that uses it.
import { circuitOpen } from './circuit-open.ts';
import { cost } from './cost.ts';
import { deadLetters } from './dead-letters.ts';
import { errorShare } from './error-share.ts';
import { escalationRate } from './escalation-rate.ts';
import { latency } from './latency.ts';
import { lowConfidence } from './low-confidence.ts';
import type { Measure, MeasuredKind, MeasuredRule } from './measure.ts';
import { schemaDrift } from './schema-drift.ts';
import { stalledRuns } from './stalled-runs.ts';

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
