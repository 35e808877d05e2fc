// What a dialect table looks like. A table says which attribute of a framework fills which of our columns; the code
// that reads tables knows no framework. To add one: docs/recipes/add-a-dialect.md.
import type { SpanKind } from '#contracts/span';

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
  /** What the input and the output cost, where no total is given. */
  'costInUsd',
  'costOutUsd',
  'errorType',
  'errorMessage',
  /** Filled when the span failed, whatever its status says. */
  'errorSign',
  /** Filled on the first span of a run, where a framework says so. */
  'isRoot',
  /** Filled on a span that has nothing of its own SDK around it, where an SDK says so. */
  'localRoot',
  /** Filled on a span that only announces another one, which follows when it ends. */
  'pendingSpan',
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
  'stopReason',
  /** In words: why it stopped, was handed over, or a policy stepped in. */
  'reason',
  /** What marks are made of (write-marks.ts). */
  'retryMaxAttempts',
  'circuitName',
  'circuitState',
  'circuitPrevious',
  'deadLetterReason',
  'tokenRefresh',
  'degradationMode',
  'degradationOf',
  'driftKinds',
  'driftPaths',
  'rateWaited',
  'keyStatus',
] as const;
export type Slot = (typeof SLOTS)[number];
export const SLOT = Object.fromEntries(SLOTS.map((slot, index) => [slot, index])) as Record<Slot, number>;

/**
 * A kind a table can give. `wrapper` is a span around a model call that also reports its model and usage: an agent
 * when a tool ran directly under it, else nothing special. `chain` is an agent when it is the root, else other.
 */
export type TableKind = SpanKind | 'wrapper' | 'chain';

/** What a reader of one attribute sees. Nothing here throws. */
export interface Reading {
  /** The text form (data dictionary). */
  text(): string;
  /** A number however it was sent; null when it is none. */
  number(): number | null;
  /** The value as JSON says it; undefined when it is no JSON or too large. Read it with json-value.ts: keys are hostile. */
  json(): unknown;
}

/** A value worked out from an attribute. A list fills `decisionOptions` only. */
export type Derived = string | number | readonly string[];

/** An attribute that has to be looked into. `read` runs only on spans that have the key; null says nothing. */
export interface Source {
  readonly key: string;
  readonly read: (value: Reading) => Derived | null;
}

type Column = Exclude<Slot, 'kind'>;

/** In a key of a table, one `*` matches any text. */
export interface Dialect {
  readonly name: string;
  /** Attribute → its values → kind. Values are compared without regard to case. A value that is not listed says nothing. */
  readonly kinds?: Readonly<Record<string, Readonly<Record<string, TableKind>>>>;
  /** As `kinds`, for values that are right where the same span's gen_ai.operation.name is not. */
  readonly corrections?: Readonly<Record<string, Readonly<Record<string, TableKind>>>>;
  /** Attributes in which a kind has to be looked up; asked after `kinds`. */
  readonly kindSources?: readonly { readonly key: string; readonly read: (value: Reading) => TableKind | null }[];
  /** When no attribute names a kind: a span that has all of these keys is of this kind. */
  readonly signs?: readonly { readonly keys: readonly string[]; readonly kind: SpanKind }[];
  /** Column → attributes, best first. The first that is present and not empty wins. */
  readonly columns?: Readonly<Partial<Record<Column, readonly (string | Source)[]>>>;
  /** Column → prefixes of attributes that spell a list out by index (`prefix.0.role`, `prefix.0.content`). */
  readonly indexed?: Readonly<Partial<Record<'input' | 'output', readonly string[]>>>;
}
