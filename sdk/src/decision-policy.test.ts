// What happens below the threshold, against a real receiver: each policy does what it says, and the span says that it did.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { type OtlpSink, openSink, type SinkSpan } from '../test-support/otlp-sink.ts';
import type { Decision } from './decide.ts';
import {
  agent,
  confidenceFromProbabilities,
  decide,
  type EscalationContext,
  flush,
  type Policy,
  selfReported,
  shutdown,
  start,
} from './index.ts';

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
  return sink.span(name);
}

const warnings = (span: SinkSpan) => span.events.map((event) => event.attributes['telltale.warning.code']);
const unsure = () => ({ choice: 'pay', confidence: 0.52, confidenceSource: 'logprobs', reasoning: 'late' }) as const;
const sure = () => ({ choice: 'pay', confidence: 0.7, confidenceSource: 'logprobs' }) as const;
const PAY_OR_HOLD = { input: { order: 1 }, options: ['pay', 'hold'], threshold: 0.7 } as const;
/** What a program without types may pass. */
const untyped = (value: unknown): never => value as never;

describe('a decision that is sure enough', () => {
  it('goes on, and records which policy was set', async () => {
    const made = await decide('sure', { ...PAY_OR_HOLD, belowThreshold: { fallBackTo: 'hold' } }, sure);
    expect(made).toEqual({ ...sure(), outcome: 'executed', proposed: 'pay', policy: null });
    const { attributes } = await recorded('decide sure');
    expect(attributes).toMatchObject({
      'telltale.decision.policy': 'fall_back',
      'telltale.decision.outcome': 'executed',
    });
    expect(attributes).not.toHaveProperty('telltale.decision.policy_reason');
  });

  it('takes a policy that is known only when it runs', async () => {
    const belowThreshold: Policy<'pay' | 'hold'> = JSON.parse('{"fallBackTo": "hold"}');
    const made = await decide('configured', { ...PAY_OR_HOLD, belowThreshold }, unsure);
    expectTypeOf(made.choice).toEqualTypeOf<'pay' | 'hold' | null>();
    expect(made.choice).toBe('hold');
  });

  it('keeps the outcome that its function gave', async () => {
    const dry = () => ({ ...sure(), outcome: 'simulated' }) as const;
    expect((await decide('dry', { ...PAY_OR_HOLD, belowThreshold: 'proceed' }, dry)).outcome).toBe('simulated');
  });
});

describe('below the threshold', () => {
  it('proceed goes on all the same, and the span says so', async () => {
    const made = await decide('proceeds', { ...PAY_OR_HOLD, belowThreshold: 'proceed' }, unsure);
    expect(made).toMatchObject({ choice: 'pay', outcome: 'executed', policy: 'proceed' });
    expectTypeOf(made.choice).toEqualTypeOf<'pay' | 'hold'>();
    expect((await recorded('decide proceeds')).attributes).toMatchObject({
      'telltale.decision.policy': 'proceed',
      'telltale.decision.policy_reason': 'went on all the same: confidence 0.52 below 0.7',
      'telltale.decision.choice': 'pay',
      'telltale.decision.outcome': 'executed',
    });
  });

  it('fall back takes the safe option, and keeps what was proposed', async () => {
    const made = await decide('falls_back', { ...PAY_OR_HOLD, belowThreshold: { fallBackTo: 'hold' } }, unsure);
    expect(made).toMatchObject({ choice: 'hold', proposed: 'pay', outcome: 'executed', policy: 'fall_back' });
    expect((await recorded('decide falls_back')).attributes).toMatchObject({
      'telltale.decision.policy_reason': 'fell back to hold: confidence 0.52 below 0.7',
      'telltale.decision.choice': 'pay',
      'telltale.decision.action': 'hold',
    });
  });

  it('escalate hands over with all that a person needs, and leaves nothing to act on', async () => {
    const notified: EscalationContext[] = [];
    const notify = (context: EscalationContext) => notified.push(context);
    const belowThreshold = { escalateTo: 'refund-review', targetType: 'queue', notify } as const;
    const made = await agent('refund-desk', { version: '2.1', sessionId: 's-1', userId: 'c-1' }, () =>
      decide('hands_over', { ...PAY_OR_HOLD, belowThreshold }, unsure),
    );
    expect(made).toMatchObject({ choice: null, proposed: 'pay', outcome: 'escalated', policy: 'escalate' });
    expectTypeOf(made.choice).toEqualTypeOf<'pay' | 'hold' | null>();
    const decision = await recorded('decide hands_over');
    const handover = sink.span('escalate refund-review');
    expect(decision.attributes).toMatchObject({
      'telltale.decision.outcome': 'escalated',
      'telltale.decision.policy_reason': 'escalated to refund-review: confidence 0.52 below 0.7',
    });
    expect(handover.parentSpanId).toBe(decision.spanId);
    expect(handover.attributes).toMatchObject({
      'telltale.escalation.target_type': 'queue',
      'telltale.escalation.reason': 'hands_over: confidence 0.52 below 0.7',
      'telltale.escalation.asked': 'Decide hands_over: pay was proposed.',
      'telltale.step.input': '{"order":1}',
    });
    expect(notified).toHaveLength(1);
    expect(notified[0]).toMatchObject({
      target: 'refund-review',
      agent: { name: 'refund-desk', version: '2.1' },
      sessionId: 's-1',
      userId: 'c-1',
      traceId: decision.traceId,
      spanId: decision.spanId,
      lastDecision: { name: 'hands_over', choice: 'pay', confidence: 0.52, threshold: 0.7, reasoning: 'late' },
      input: { order: 1 },
    });
    expect(notified[0]?.text.split('\n').slice(0, 4)).toEqual([
      'refund-desk 2.1 hands over to refund-review.',
      'Why: hands_over: confidence 0.52 below 0.7',
      'Asked: Decide hands_over: pay was proposed.',
      'Last decision: hands_over: pay, confidence 0.52 (logprobs), threshold 0.7',
    ]);
  });

  it('rejects when the notification fails, since nobody will decide', async () => {
    const down = new Error('the ticket system is down');
    const notify = () => Promise.reject(down);
    const run = decide('not_notified', { ...PAY_OR_HOLD, belowThreshold: { escalateTo: 'billing', notify } }, unsure);
    await expect(run).rejects.toBe(down);
    expect((await recorded('decide not_notified')).attributes['error.type']).toBe('Error');
  });
});

describe('what cannot be compared', () => {
  it('counts as unsure: no confidence, a number that is none, a helper without a value', async () => {
    const cases = [
      ['none', { choice: 'pay' }, 'no confidence, threshold 0.7'],
      ['percent', { choice: 'pay', confidence: 82 }, 'confidence 82 is no number from 0 to 1'],
      ['word', { choice: 'pay', confidence: selfReported('high') }, 'no confidence, threshold 0.7'],
      ['hair', { choice: 'pay', confidence: 0.6996 }, 'confidence 0.6996 below 0.7'],
    ] as const;
    for (const [name, made, reason] of cases) {
      const options = { ...PAY_OR_HOLD, belowThreshold: { fallBackTo: 'hold' } } as const;
      expect((await decide(name, options, () => made)).choice, name).toBe('hold');
      const { attributes } = await recorded(`decide ${name}`);
      expect(attributes['telltale.decision.policy_reason']).toBe(`fell back to hold: ${reason}`);
    }
    expect(warnings(sink.span('decide word'))).toEqual(['confidence_unknown']);
  });

  it('a policy that is none is refused before anything runs', async () => {
    let ran = false;
    const run = decide('typo', untyped({ ...PAY_OR_HOLD, belowThreshold: 'procede' }), () => {
      ran = true;
      return sure();
    });
    await expect(run).rejects.toThrow('belowThreshold is no policy');
    expect(ran).toBe(false);
  });
});

describe('types', () => {
  it('infer the choice from options given as objects with scores, in place', async () => {
    const made = await decide('typed', { options: [{ id: 'low', score: 0.2 }, { id: 'high' }, 'none'] }, () => ({
      choice: 'low',
    }));
    expectTypeOf(made.choice).toEqualTypeOf<'low' | 'high' | 'none'>();
  });

  it('take a confidence with its source, and record how it came about', async () => {
    const found = confidenceFromProbabilities({ pay: 0.9, hold: 0.1 });
    const made = await decide('helped', { options: ['pay', 'hold'] }, () => ({
      choice: found.choice ?? 'hold',
      confidence: found,
      scores: found.scores,
    }));
    expect(made.confidence.source).toBe('probabilities');
    const { attributes, events } = await recorded('decide helped');
    expect(attributes).toMatchObject({
      'telltale.decision.confidence.value': 0.9,
      'telltale.decision.confidence.source': 'probabilities',
      'telltale.decision.confidence.method': 'highest of 2 probabilities, which sum to 1.00',
    });
    expect(events).toEqual([]);
    type Mixed = { choice: 'pay'; confidence: typeof found; confidenceSource: 'human' };
    expectTypeOf<Mixed>().not.toExtend<Decision<'pay'>>();
  });
});

/** Every field throws, but it can be returned from an async function, which looks for `then`. */
const HOSTILE = new Proxy(
  {},
  {
    get: (_, key) => {
      if (key === 'then') return undefined;
      throw new Error('hostile');
    },
    ownKeys: () => {
      throw new Error('hostile');
    },
  },
);

describe('anything at all', () => {
  it.each([
    ['has no text', [{ toString: '' }]],
    ['throws', HOSTILE],
    ['is made of nothing', Object.create(null)],
  ])('a confidence that %s is not sure, and does not break the agent', async (_, confidence) => {
    const options = { ...PAY_OR_HOLD, threshold: 0.7, belowThreshold: 'proceed' as const };
    const made = await decide('hostile confidence', options, () => untyped({ choice: 'pay', confidence }));
    expect(made).toMatchObject({ choice: 'pay', policy: 'proceed' });
  });

  const policies = fc.constantFrom(
    'proceed',
    { fallBackTo: 'hold' },
    { escalateTo: 'x' },
    { ask: 'x', answer: () => null },
  );

  it('as a decision, its confidence or its threshold never breaks the agent', async () => {
    const made = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.record({ choice: fc.anything(), confidence: fc.anything(), scores: fc.anything(), reasoning: fc.anything() }),
      fc.constant('hostile'),
    );
    await fc.assert(
      fc.asyncProperty(
        made,
        fc.oneof(fc.double(), fc.anything()),
        policies,
        async (given, threshold, belowThreshold) => {
          // A promise or a function named `then` is waited for, as everywhere in JavaScript.
          fc.pre(!(typeof given === 'object' && given !== null && 'then' in given));
          const options = untyped({ ...PAY_OR_HOLD, threshold, belowThreshold });
          const returned = given === 'hostile' ? HOSTILE : given;
          const result: unknown = await decide('fuzz', options, () => untyped(returned));
          if (typeof returned !== 'object' || returned === null) expect(result).toBe(returned);
        },
      ),
      { numRuns: 200 },
    );
  });
});
