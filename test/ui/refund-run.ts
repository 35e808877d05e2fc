// The refund of order 48213: two services, three decisions of which one is low, a payment that times out, a handover.
import type { SentSpan } from './send-spans.ts';

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
/** A trace id of its own for each number. */
export const traceIdOf = (n: number): string => `4bf92f3577b34da6a3ce${hex(n, 12)}`;
export const spanIdOf = (n: number): string => `00f067aa${hex(n, 8)}`;

const decision = (
  name: string,
  choice: string,
  options: readonly string[],
  confidence: number,
  threshold: number,
  outcome: string,
) => ({
  'telltale.step.kind': 'decision',
  'telltale.decision.name': name,
  'telltale.decision.choice': choice,
  'telltale.decision.options': options,
  'telltale.decision.confidence.value': confidence,
  'telltale.decision.confidence.source': 'logprobs',
  'telltale.decision.confidence.threshold': threshold,
  'telltale.decision.outcome': outcome,
});

export const RECOVERY_REASON = 'Two timeouts suggest that the payment service is down, not slow.';
const QUESTION = 'My parcel for order 48213 came nine days late.';
const ANSWER = 'Your refund is approved, a colleague finishes it today.';

/** The spans of one such run, numbered so that tests can name them. */
export function refundRun(traceId: string, startMs: number, sessionId = 'session-7'): SentSpan[] {
  const span = (
    n: number,
    parent: number | null,
    name: string,
    at: number,
    took: number,
    more: Partial<SentSpan> = {},
  ): SentSpan => ({
    traceId,
    spanId: spanIdOf(n),
    ...(parent === null ? {} : { parentSpanId: spanIdOf(parent) }),
    name,
    startMs: startMs + at,
    durationMs: took,
    ...more,
    attributes: { 'session.id': sessionId, 'gen_ai.agent.name': 'refund-desk', ...more.attributes },
  });
  const timeout = {
    type: 'UpstreamTimeout',
    message: 'no response from payments after 8000 ms',
    stack: 'UpstreamTimeout: no response\n    at PaymentsClient.refund (payments.ts:88:13)',
  };
  const pay = (attempt: number) => ({
    'telltale.step.kind': 'tool',
    'gen_ai.tool.name': 'payments.refund',
    'telltale.retry.attempt': attempt,
  });
  return [
    span(1, null, 'refund-desk', 0, 41_860, {
      attributes: { 'gen_ai.operation.name': 'invoke_agent' },
      error: { type: 'Escalated', message: 'order 48213 not refunded' },
    }),
    span(2, 1, 'classify_intent', 560, 1418, {
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4.1-mini',
        'gen_ai.usage.input_tokens': 1543,
        'gen_ai.usage.output_tokens': 388,
        'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: QUESTION }] }]),
        'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: ANSWER }] }]),
      },
    }),
    span(3, 1, 'intent', 1984, 12, {
      attributes: decision('intent', 'refund', ['refund', 'question', 'complaint'], 0.94, 0.8, 'executed'),
    }),
    span(4, 1, 'assess risk', 2640, 6780, { service: 'risk-api', attributes: { 'telltale.step.kind': 'handoff' } }),
    span(5, 1, 'refund_route', 14_904, 16, {
      attributes: decision('refund_route', 'auto_refund', ['auto_refund', 'manual_review'], 0.72, 0.7, 'executed'),
    }),
    span(6, 1, 'payments.refund', 14_960, 17_000, {
      attributes: { 'telltale.step.kind': 'tool', 'gen_ai.tool.name': 'payments.refund' },
      error: timeout,
    }),
    span(7, 6, 'payments.refund', 14_960, 8003, {
      attributes: pay(0),
      error: timeout,
      links: [{ traceId: traceIdOf(999), spanId: spanIdOf(99) }],
    }),
    span(8, 6, 'payments.refund', 23_980, 7980, {
      attributes: { ...pay(1), 'gen_ai.tool.call.arguments': '{"order_id":"48213","amount":12345678901234567890}' },
      error: timeout,
    }),
    span(9, 1, 'recovery', 37_908, 18, {
      attributes: {
        ...decision('recovery', 'retry_later', ['retry_later', 'escalate', 'abandon'], 0.46, 0.7, 'escalated'),
        'telltale.decision.reasoning': RECOVERY_REASON,
        'telltale.decision.option_details': JSON.stringify([
          { id: 'retry_later', score: 0.46, reason: 'Timeouts look transient.' },
          { id: 'escalate', score: 0.41, reason: 'The customer was promised an answer.' },
        ]),
        'telltale.decision.action': 'ticket for payments-oncall',
      },
    }),
    span(10, 1, 'payments-oncall', 37_960, 142, {
      attributes: { 'telltale.step.kind': 'escalation', 'telltale.escalation.target': 'payments-oncall' },
    }),
  ];
}
