// What a rule found out about one subject at this moment, for the rules that measure something other than similar
// errors. The state machine, the messages and the journal are the same for all of them.
import type { Evidence, IncidentKind } from '#contracts/incident';

/**
 * `high`: bad enough to open an incident. `low`: good enough to end one, when it stays so. `middle`: neither, so that a
 * value that wavers around the limit does not open and close.
 */
export type Level = 'high' | 'middle' | 'low';

export interface MeasuredFacts {
  /** One line of plain words, for example "refund-desk: 18 % of runs fail, usually 2 %". */
  readonly title: string;
  readonly agent: string;
  readonly agents: readonly string[];
  readonly versions: readonly string[];
  readonly tools: readonly string[];
  readonly models: readonly string[];
  readonly step: string;
  readonly errorType: string;
  readonly message: string;
  /** What was counted: errors, runs, decisions. */
  readonly count: number;
  readonly traces: number;
  readonly windowMinutes: number;
  /** Ms since 1970. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Newest first; five are kept. */
  readonly exampleTraceIds: readonly string[];
  readonly evidence: Evidence;
}

export interface Measured {
  readonly ruleId: string;
  readonly ruleName: string;
  readonly kind: IncidentKind;
  /** Names what is measured, the same each time: an agent, a decision. One incident per rule and subject at a time. */
  readonly subject: string;
  /** When it was so, ms since 1970. After downtime there are several of one subject, in order. */
  readonly atMs: number;
  readonly level: Level;
  readonly facts: MeasuredFacts;
  /** How long it must stay low to be over, ms. */
  readonly recoverAfterMs: number;
}
