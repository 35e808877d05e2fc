// A decision that asks a person, against a real receiver: it is seen while it waits, and the answer is recorded as theirs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { decide, flush, shutdown, start } from './index.ts';

let sink: OtlpSink;

beforeAll(async () => {
  sink = await openSink();
  start({ service: 'support-api', endpoint: sink.url });
});

afterAll(async () => {
  await shutdown();
  await sink.close();
});

const unsure = () => ({ choice: 'pay', confidence: 0.52, confidenceSource: 'logprobs', reasoning: 'late' }) as const;
const PAY_OR_HOLD = { input: { order: 1 }, options: ['pay', 'hold'], threshold: 0.7 } as const;

describe('a decision that asks', () => {
  it('is received as pending while it waits, and the answer is a decision of its own', async () => {
    let answer: (given: { choice: 'hold'; by: string; reasoning: string }) => void = () => undefined;
    const answered = new Promise<{ choice: 'hold'; by: string; reasoning: string }>((resolve) => {
      answer = resolve;
    });
    const asking = decide('asks', { ...PAY_OR_HOLD, belowThreshold: { ask: 'ana', answer: () => answered } }, unsure);
    // Nobody flushes here: what waits must arrive by itself.
    await expect.poll(() => sink.spans().filter(({ name }) => name === 'decide asks').length).toBe(1);
    const pending = sink.span('decide asks');
    expect(pending.attributes).toMatchObject({
      'telltale.decision.outcome': 'pending',
      'telltale.decision.action': 'asked ana',
      'telltale.decision.policy_reason': 'asked ana: confidence 0.52 below 0.7',
    });
    answer({ choice: 'hold', by: 'ana', reasoning: 'the parcel is back' });
    const made = await asking;
    expect(made).toMatchObject({ choice: 'hold', proposed: 'pay', outcome: 'executed', answeredBy: 'ana' });
    await flush();
    const human = sink.spans().find(({ name, spanId }) => name === 'decide asks' && spanId !== pending.spanId);
    expect(human?.attributes).toMatchObject({
      'telltale.decision.choice': 'hold',
      'telltale.decision.confidence.source': 'human',
      'telltale.decision.reasoning': 'the parcel is back',
      'telltale.decision.action': 'answered by ana',
      'telltale.decision.outcome': 'executed',
    });
    expect(human?.attributes).not.toHaveProperty('telltale.decision.confidence.value');
    expect(human?.links?.map(({ spanId }) => spanId)).toEqual([pending.spanId]);
    expect(human?.parentSpanId).toBe(sink.span('escalate ana').spanId);
  });

  it('loses no span when many ask at once', async () => {
    const before = await flush();
    const askAll = Array.from({ length: 300 }, (_, n) =>
      decide(
        `crowd ${n}`,
        { ...PAY_OR_HOLD, belowThreshold: { ask: 'crowd', answer: () => ({ choice: 'hold' }) } },
        unsure,
      ),
    );
    await Promise.all(askAll);
    const { sent, failed, dropped } = await flush();
    expect({ sent: sent - before.sent, failed, dropped }).toEqual({ sent: 900, failed: 0, dropped: 0 });
  });

  it('may be refused, or stay without an answer', async () => {
    const refuse = { ask: 'ben', answer: () => ({ denied: true, by: 'ben', reasoning: 'too much' }) as const };
    const made = await decide('refused', { ...PAY_OR_HOLD, belowThreshold: refuse }, unsure);
    expect(made).toMatchObject({ choice: null, outcome: 'denied', answeredBy: 'ben' });
    await flush();
    const outcomes = sink.spans().flatMap(({ name, attributes }) => (name === 'decide refused' ? [attributes] : []));
    expect(outcomes.map((attributes) => attributes['telltale.decision.outcome'])).toEqual(['pending', 'denied']);
    const silent = { ask: 'carl', answer: () => null };
    const waiting = await decide('silent', { ...PAY_OR_HOLD, belowThreshold: silent }, unsure);
    expect(waiting).toMatchObject({ choice: null, outcome: 'pending' });
  });
});
