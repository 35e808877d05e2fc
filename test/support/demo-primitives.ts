// Every primitive of the SDK, the span of the demo that only it makes, and what the page of its run says.
import type { SpanRow } from '#contracts/span';

const hasMark =
  (code: string, detail: RegExp) =>
  (span: SpanRow): boolean =>
    span.marks.some((mark) => mark.code === code && detail.test(mark.detail));
export const named =
  (name: string, more: (span: SpanRow) => boolean = () => true) =>
  (span: SpanRow): boolean =>
    span.name === name && more(span);
const ruled = (words: RegExp) => (span: SpanRow) => span.kind === 'decision' && words.test(span.reason ?? '');
const sure = (source: string) => (span: SpanRow) => span.decision?.confidenceSource === source;

export interface PrimitiveRow {
  primitive: string;
  /** A span that only this primitive makes. */
  shownBy: (span: SpanRow) => boolean;
  /** The text of the page, with that span opened. */
  says: string | RegExp;
  /** A screenshot for inspection. */
  picture?: true;
}

export const PRIMITIVES: PrimitiveRow[] = [
  { primitive: 'agent()', shownBy: named('refund-desk', ({ kind }) => kind === 'agent'), says: 'refund-desk' },
  { primitive: 'step()', shownBy: named('output_check', ({ kind }) => kind === 'guardrail'), says: 'output_check' },
  { primitive: 'tool()', shownBy: named('customer_history', ({ kind }) => kind === 'tool'), says: 'customer_history' },
  { primitive: 'llm()', shownBy: named('plan_refund', ({ kind }) => kind === 'llm'), says: 'gpt-4.1' },
  { primitive: 'decide()', shownBy: named('decide risk_band'), says: /chose (low|medium)|risk_band/ },
  {
    primitive: 'decide() that escalates',
    shownBy: ruled(/^escalated to refund-review/),
    says: /leaned to auto_refund for refund_route at 0\.58, below the 0\.70 it needs, and escalated to refund-review/,
  },
  {
    primitive: 'decide() that asks',
    shownBy: ruled(/^asked ana/),
    says: /leaned to auto_refund for refund_route at 0\.62, below the 0\.70 it needs, and asked ana/,
    picture: true,
  },
  {
    primitive: 'the answer of a person',
    shownBy: (span) => sure('human')(span) && span.decision?.outcome === 'executed',
    says: 'the answer was auto_refund',
  },
  {
    primitive: 'decide() that falls back',
    shownBy: ruled(/^fell back to 5 EUR/),
    says: /goodwill-desk chose 10 EUR for voucher at 0\.48, below the 0\.60 it needs, and fell back to 5 EUR/,
    picture: true,
  },
  {
    primitive: 'decide() that proceeds',
    shownBy: ruled(/^went on all the same/),
    says: /chose complaint for intent at 0\.78, below the 0\.80 it needs, and went on all the same/,
    picture: true,
  },
  { primitive: 'confidence from log-probabilities', shownBy: sure('logprobs'), says: 'probabilities of' },
  { primitive: 'confidence from probabilities', shownBy: sure('probabilities'), says: 'send' },
  { primitive: 'confidence from a classifier', shownBy: sure('classifier'), says: /softmax/i },
  { primitive: 'confidence of the model itself', shownBy: sure('self_reported'), says: 'from the model itself' },
  {
    primitive: 'defineAgent(), within its scope',
    shownBy: named('goodwill-desk', ({ stopReason }) => stopReason === 'goal_reached'),
    says: 'goodwill-desk',
  },
  {
    primitive: 'defineAgent(), a tool that is not permitted',
    shownBy: named('goodwill-desk', ({ stopReason }) => stopReason === 'tool_not_permitted'),
    says: 'goodwill-desk stopped: tool payments.refund is not in the permitted list',
  },
  {
    primitive: 'defineAgent(), a limit',
    shownBy: named('goodwill-desk', ({ stopReason }) => stopReason === 'max_steps'),
    says: 'goodwill-desk stopped: step limit reached: 8 of 8 steps',
  },
  {
    primitive: 'escalate()',
    shownBy: named('escalate payments-oncall'),
    says: 'the run was escalated to payments-oncall',
  },
  { primitive: 'waitFor()', shownBy: named('wait for payments team'), says: 'wait for payments team' },
  { primitive: 'retry()', shownBy: hasMark('retry', /^2 of 3$/), says: 'retry 2 of 3' },
  {
    primitive: 'timeout()',
    shownBy: named('loyalty.points', ({ errorType }) => errorType === 'TimeoutError'),
    says: /loyalty\.points timed out with TimeoutError: .*loyalty\.points did not end within 150 ms/,
    picture: true,
  },
  { primitive: 'a circuit that opens', shownBy: hasMark('circuit', /^open tracking/), says: 'circuit tracking open' },
  {
    primitive: 'a call that an open circuit refuses',
    shownBy: ({ errorType }) => errorType === 'circuit_open',
    says: 'was not called: the circuit was open',
  },
  { primitive: 'idempotent()', shownBy: named('vouchers.issue'), says: 'vouchers.issue' },
  {
    primitive: 'deadLetters()',
    shownBy: hasMark('dead_letter', /./),
    says: 'was kept as a dead letter',
  },
  { primitive: 'replay()', shownBy: named('replay payments.refund'), says: 'replay payments.refund' },
  { primitive: 'preflight()', shownBy: named('preflight'), says: 'health payments' },
  {
    primitive: 'connect(), a changed schema',
    shownBy: hasMark('schema_changed', /daysLate/),
    says: 'schema changed: daysLate missing',
  },
  {
    primitive: 'connect(), a token refreshed',
    shownBy: hasMark('token_refreshed', /rejected/),
    says: 'token refreshed after 401',
  },
  { primitive: 'connect(), a rate limit', shownBy: hasMark('waited', /./), says: /waited [\d.]+ m?s for its turn/ },
  {
    primitive: 'connect(), degraded with a fallback',
    shownBy: hasMark('degraded', /^fallback risk/),
    says: 'degraded without risk: fallback used',
  },
  {
    primitive: 'observeOpenAI(), a stream',
    shownBy: (span) => span.name === 'chat gpt-4.1-mini' && (span.tokensOut ?? 0) > 0 && (span.costUsd ?? 0) > 0,
    says: 'gpt-4.1-mini-2025-04-14',
    picture: true,
  },
  {
    primitive: 'observeOpenAI(), embeddings',
    shownBy: ({ kind }) => kind === 'embedding',
    says: 'text-embedding-3-small',
  },
];
