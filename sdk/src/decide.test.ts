// Decisions against a real receiver: everything about a choice is recorded, doubtful values honestly, and nothing throws.
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { type OtlpSink, openSink, type SinkSpan } from '../test-support/otlp-sink.ts';
import { agent, decide, flush, shutdown, start } from './index.ts';

let sink: OtlpSink;

beforeAll(async () => {
  sink = await openSink();
  start({ service: 'support-api', endpoint: sink.url });
});

afterAll(async () => {
  await shutdown();
  await sink.close();
});

async function recorded(name: string): Promise<SinkSpan> {
  await flush();
  return sink.span(`decide ${name}`);
}

function warnings(span: SinkSpan): unknown[] {
  return span.events
    .filter((event) => event.name === 'telltale.warning')
    .map((e) => e.attributes['telltale.warning.code']);
}

/** What a program without types may return. */
function untyped(value: unknown): never {
  return value as never;
}

describe('a decision', () => {
  it('records input, options, choice, reasoning, confidence, threshold, action and outcome', async () => {
    await agent('refund-desk', { sessionId: 's-1' }, async () => {
      const made = {
        choice: 'auto_refund',
        confidence: 0.82,
        confidenceSource: 'self_reported',
        reasoning: 'Small amount, old customer',
        action: 'refund 129.00 EUR',
        outcome: 'executed',
      } as const;
      const decision = await decide(
        'refund_route',
        { input: 'Order 48213 is late', options: ['auto_refund', 'manual_review'], threshold: 0.7 },
        () => made,
      );
      expect(decision).toBe(made);
      expectTypeOf(decision.choice).toEqualTypeOf<'auto_refund' | 'manual_review'>();
    });
    const span = await recorded('refund_route');
    expect(span.attributes).toMatchObject({
      'telltale.step.kind': 'decision',
      'gen_ai.operation.name': 'decide',
      'gen_ai.agent.name': 'refund-desk',
      'session.id': 's-1',
      'telltale.decision.name': 'refund_route',
      'telltale.decision.input': 'Order 48213 is late',
      'telltale.decision.options': ['auto_refund', 'manual_review'],
      'telltale.decision.choice': 'auto_refund',
      'telltale.decision.reasoning': 'Small amount, old customer',
      'telltale.decision.confidence.value': 0.82,
      'telltale.decision.confidence.source': 'self_reported',
      'telltale.decision.confidence.threshold': 0.7,
      'telltale.decision.action': 'refund 129.00 EUR',
      'telltale.decision.outcome': 'executed',
    });
    expect(warnings(span)).toEqual([]);
  });

  it('takes options with scores and reasons, and scores that are known only afterwards', async () => {
    const options = [{ id: 'retry', score: 0.4, reason: 'looks transient' }, { id: 'escalate' }, 'abandon'] as const;
    await decide('scored', { options }, async () => ({
      choice: 'retry',
      confidence: 0.46,
      confidenceSource: 'logprobs',
      scores: { retry: 0.46, escalate: 0.41 },
    }));
    const { attributes } = await recorded('scored');
    expect(attributes['telltale.decision.options']).toEqual(['retry', 'escalate', 'abandon']);
    expect(JSON.parse(String(attributes['telltale.decision.option_details']))).toEqual([
      { id: 'retry', score: 0.46, reason: 'looks transient' },
      { id: 'escalate', score: 0.41 },
      { id: 'abandon' },
    ]);
  });

  it('reads of an option what it records, and takes what is no option', async () => {
    let listings = 0;
    const count = (): string[] => {
      listings += 1;
      return [];
    };
    const wide = new Proxy({ id: 'wide', score: 0.5 }, { ownKeys: count });
    const unreadable = new Proxy({ id: 'a' }, { get: () => expect.unreachable('a trap') });
    await decide('wide', { options: [wide] }, (span) => {
      for (const option of [null, unreadable]) span.setOptions([option as never]);
      return { choice: 'wide' };
    });
    const { attributes } = await recorded('wide');
    expect(attributes['telltale.decision.option_details']).toBe('[{"id":"wide","score":0.5}]');
    expect(listings).toBe(0);
  });

  it('can have its outcome set while it runs', async () => {
    await decide('gated', { options: ['pay', 'hold'], threshold: 0.9 }, (span) => {
      span.setOutcome('escalated', 'handed to payments-oncall');
      return { choice: 'pay', confidence: 0.5, confidenceSource: 'classifier' };
    });
    expect((await recorded('gated')).attributes).toMatchObject({
      'telltale.decision.outcome': 'escalated',
      'telltale.decision.action': 'handed to payments-oncall',
    });
  });

  it('whose function fails is recorded as failed, and rejects with the same error', async () => {
    const error = new RangeError('model gave no answer');
    const run = decide('broken', { options: ['a', 'b'] }, () => Promise.reject(error));
    await expect(run).rejects.toBe(error);
    const span = await recorded('broken');
    expect(span.attributes).toMatchObject({ 'telltale.decision.outcome': 'failed', 'error.type': 'RangeError' });
    expect(span.status?.code).toBe(2);
  });
});

describe('a doubtful decision', () => {
  it('keeps a confidence outside 0 to 1 as it is, with a warning', async () => {
    const made = { choice: 'a', confidence: 82, confidenceSource: 'self_reported' } as const;
    expect(await decide('percent', { options: ['a', 'b'] }, () => made)).toBe(made);
    const span = await recorded('percent');
    expect(span.attributes['telltale.decision.confidence.value']).toBe(82);
    expect(warnings(span)).toEqual(['confidence_out_of_range']);
    expect(span.status?.code ?? 0).toBe(0);
  });

  it('keeps a choice that is not among the options, with a warning', async () => {
    await decide('invented', { options: ['a', 'b'] }, () => untyped({ choice: 'c' }));
    const span = await recorded('invented');
    expect(span.attributes['telltale.decision.choice']).toBe('c');
    expect(warnings(span)).toEqual(['choice_not_an_option']);
  });

  it('says when the confidence is no number, has no source, or the outcome is unknown', async () => {
    await decide('vague', { options: ['a'] }, () => untyped({ choice: 'a', confidence: Number.NaN, outcome: 'maybe' }));
    await decide('wordy', { options: ['a'] }, () =>
      untyped({ choice: 'a', confidence: 'high', confidenceSource: 'gut' }),
    );
    const vague = await recorded('vague');
    expect(warnings(vague)).toEqual(['confidence_out_of_range', 'confidence_source_unknown', 'outcome_unknown']);
    const wordy = await recorded('wordy');
    expect(wordy.attributes).toMatchObject({
      'telltale.decision.confidence.value': 'high',
      'telltale.decision.confidence.source': 'gut',
    });
    expect(warnings(wordy)).toEqual(['confidence_out_of_range', 'confidence_source_unknown']);
  });

  it('may be no decision at all', async () => {
    expect(await decide('absent', { options: ['a'] }, () => untyped(undefined))).toBe(undefined);
    expect(warnings(await recorded('absent'))).toEqual(['no_decision']);
  });
});
