// What a dialect table looks like. A table says which attribute of a framework fills which of our columns; the code
// that reads tables knows no framework. To add one: docs/recipes/add-a-dialect.md.
import type { SpanKind } from '#schema/span';

/** The columns an attribute can fill. */
export const SLOTS = [
  'kind',
  'service',
  'serviceVersion',
  'agent',
  'agentVersion',
  'sessionId',
  'userId',
  'model',
  'provider',
  'input',
  'output',
  'tokensIn',
  'tokensOut',
  'tokensCached',
  'tokensReasoning',
  'costUsd',
  'errorType',
  'errorMessage',
  'toolName',
  'toolCallId',
  /** A name that belongs to the step itself: an agent's on an agent span, a tool's on a tool span. */
  'entityName',
  'decisionName',
  'decisionChoice',
  'decisionOptions',
  'decisionOptionDetails',
  'decisionReasoning',
  'decisionConfidence',
  'decisionConfidenceSource',
  'decisionThreshold',
  'decisionAction',
  'decisionOutcome',
  'retryAttempt',
  'escalationTarget',
] as const;
export type Slot = (typeof SLOTS)[number];
export const SLOT = Object.fromEntries(SLOTS.map((slot, index) => [slot, index])) as Record<Slot, number>;

/**
 * A kind a table can give. `wrapper` is a span around a model call that also reports its model and usage: an agent
 * when a tool ran directly under it, else nothing special.
 */
export type TableKind = SpanKind | 'wrapper';

export interface Dialect {
  readonly name: string;
  /** Attribute → its values → kind. Values are compared without regard to case. A value that is not listed says nothing. */
  readonly kinds?: Readonly<Record<string, Readonly<Record<string, TableKind>>>>;
  /** Column → attributes, best first. The first that is present and not empty wins. */
  readonly columns?: Readonly<Partial<Record<Exclude<Slot, 'kind'>, readonly string[]>>>;
  /** Column → prefixes of attributes that spell a list out by index (`prefix.0.role`, `prefix.0.content`). */
  readonly indexed?: Readonly<Partial<Record<'input' | 'output', readonly string[]>>>;
}
