// Confidences: worked out from what was given, null where there is none to be had, and never mixed.
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { confidenceOf, leastSure } from './confidence.ts';
import { confidenceFromLogprobs } from './confidence-logprobs.ts';
import { optionConfidenceFromLogprobs } from './confidence-options.ts';
import { confidenceFromClassifier, confidenceFromProbabilities, selfReported } from './confidence-scores.ts';

interface Token {
  token: string;
  logprob: number;
  bytes?: number[] | null;
  top_logprobs?: { token: string; logprob: number }[];
}
const tokens = (...pairs: [string, number][]): Token[] =>
  pairs.map(([token, p]) => ({ token, logprob: Math.log(p), bytes: [...Buffer.from(token)], top_logprobs: [] }));
/** As POST /v1/chat/completions answers. */
const chat = (content: Token[]) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: '' }, logprobs: { content, refusal: null } }],
});
/** As POST /v1/responses answers, after its reasoning item. */
const responses = (logprobs: Token[]) => ({
  id: 'resp_1',
  object: 'response',
  output: [
    { type: 'reasoning', summary: [] },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: '', annotations: [], logprobs }] },
  ],
});
const JSON_ANSWER = tokens(
  ['{"', 0.9],
  ['route', 1],
  ['":"', 1],
  ['auto', 0.8],
  ['_ref', 0.9],
  ['und', 1],
  ['"}', 0.7],
);

describe('confidence from logprobs', () => {
  it.each([
    ['Chat Completions', chat],
    ['Responses', responses],
  ])('is the joint probability of the tokens of the chosen text, in the shape of %s', (_, shape) => {
    const confidence = confidenceFromLogprobs(shape(JSON_ANSWER), { of: 'auto_refund' });
    expect(confidence.value).toBeCloseTo(0.72, 10);
    expect(confidence).toMatchObject({
      source: 'logprobs',
      method: 'joint probability of tokens 4 to 6 of 7, "auto_refund"',
    });
  });

  it('can be the mean per token, or of the whole answer', () => {
    const perToken = confidenceFromLogprobs(chat(JSON_ANSWER), { of: 'auto_refund', formula: 'per_token' });
    expect(perToken.value).toBeCloseTo(0.72 ** (1 / 3), 10);
    expect(confidenceFromLogprobs(chat(JSON_ANSWER)).value).toBeCloseTo(0.9 * 0.72 * 0.7, 10);
  });

  it('takes the last place of the text, as answers come after reasoning', () => {
    const answer = tokens(['deny', 0.1], [' or', 1], [' refund', 1], ['? ', 1], ['deny', 0.6]);
    expect(confidenceFromLogprobs(chat(answer), { of: 'deny' }).value).toBeCloseTo(0.6, 10);
  });

  it('compares bytes, since a token may end inside a character', () => {
    const bytes = [...Buffer.from('退款')];
    const answer = [
      { token: '\\xe9', logprob: Math.log(0.5), bytes: bytes.slice(0, 2) },
      { token: '\\x80', logprob: Math.log(0.5), bytes: bytes.slice(2) },
    ];
    expect(confidenceFromLogprobs(chat(answer), { of: '退款' }).value).toBeCloseTo(0.25, 10);
  });

  it('has no value when logprobs were not asked for, are broken, or do not hold the text', () => {
    for (const answer of [undefined, null, 'text', {}, { choices: [{ logprobs: null }] }, chat([])]) {
      const { value, method } = confidenceFromLogprobs(answer, { of: 'deny' });
      expect(value).toBeNull();
      expect(method).toContain('logprobs: true');
    }
    expect(
      confidenceFromLogprobs(chat([...JSON_ANSWER, { token: 'x', logprob: 3 }]), { of: 'auto_refund' }).value,
    ).toBe(null);
    const absent = confidenceFromLogprobs(chat(JSON_ANSWER), { of: 'deny' });
    expect(absent).toEqual({ value: null, source: 'logprobs', method: '"deny" is not in the answer' });
  });
});

describe('option confidence from logprobs', () => {
  const alternatives = (...pairs: [string, number][]) => pairs.map(([token, p]) => ({ token, logprob: Math.log(p) }));

  it('adds up the alternatives of the deciding token, and shares out nothing', () => {
    const [token] = tokens(['refund', 0.6]);
    const top_logprobs = alternatives(['refund', 0.6], ['ref', 0.1], ['question', 0.2], ['sorry', 0.05]);
    const found = optionConfidenceFromLogprobs(chat([{ ...(token as Token), top_logprobs }]), [
      'refund',
      'question',
      'other',
    ]);
    expect(found.choice).toBe('refund');
    expect(found.value).toBeCloseTo(0.7, 10);
    expect(found.scores.question).toBeCloseTo(0.2, 10);
    expect(found.scores).not.toHaveProperty('other');
    expectTypeOf(found.choice).toEqualTypeOf<'refund' | 'question' | 'other' | null>();
  });

  it('decides at the token that distinguishes the options, and counts the tokens before it', () => {
    const [quote, stem, end] = tokens(['"', 1], ['refund_', 0.9], ['full', 0.7]) as [Token, Token, Token];
    const top_logprobs = alternatives(['full', 0.7], ['part', 0.3]);
    const answer = chat([quote, stem, { ...end, top_logprobs }]);
    const found = optionConfidenceFromLogprobs(answer, ['refund_full', 'refund_part', 'deny']);
    expect(found.scores.refund_full).toBeCloseTo(0.63, 10);
    expect(found.scores.refund_part).toBeCloseTo(0.27, 10);
    expect(found.method).toBe('probabilities of 2 alternatives at token 3 of 3, times those of the 1 before it');
  });

  it('recognizes an option that is a prefix of another by what follows it', () => {
    const [pay, end] = tokens(['pay', 0.8], ['"', 0.75]) as [Token, Token];
    const top_logprobs = alternatives(['"', 0.75], ['_later', 0.25]);
    const found = optionConfidenceFromLogprobs(chat([pay, { ...end, top_logprobs }]), ['pay', 'pay_later']);
    expect(found.scores.pay).toBeCloseTo(0.6, 10);
    expect(found.scores.pay_later).toBeCloseTo(0.2, 10);
    expect(optionConfidenceFromLogprobs(chat([pay]), ['pay', 'pay_later']).value).toBeNull();
  });

  it('has no value when the answer names no option', () => {
    expect(optionConfidenceFromLogprobs(chat(JSON_ANSWER), ['yes', 'no'])).toMatchObject({ value: null, choice: null });
  });
});

describe('confidence from scores', () => {
  it('is the highest probability, with its option', () => {
    const found = confidenceFromProbabilities({ low: 0.2, medium: 0.7, high: 0.1 });
    expect(found).toMatchObject({ value: 0.7, choice: 'medium', source: 'probabilities' });
    expectTypeOf(found.choice).toEqualTypeOf<'low' | 'medium' | 'high' | null>();
    const p = 0.2;
    expect(confidenceFromProbabilities({ yes: p, no: 1 - p }).value).toBe(0.8);
  });

  it('does not repair what is no distribution', () => {
    for (const scores of [{}, { a: 0.9, b: 0.9 }, { a: -0.1 }, { a: Number.NaN }, { a: 80, b: 20 }])
      expect(confidenceFromProbabilities(scores).value).toBeNull();
    expect(confidenceFromProbabilities({ a: 0.5, b: 0.2 })).toMatchObject({ value: 0.5 });
  });

  it('puts logits of a classifier through a softmax, with its temperature', () => {
    const found = confidenceFromClassifier({ fraud: 2000, fine: 2000 - Math.log(3) }, { scale: 'logits' });
    expect(found.value).toBeCloseTo(0.75, 10);
    const cooler = confidenceFromClassifier({ a: Math.log(4), b: 0 }, { scale: 'logits', temperature: 2 });
    expect(cooler.value).toBeCloseTo(2 / 3, 10);
    expect(cooler.source).toBe('classifier');
    expect(confidenceFromClassifier({ a: Infinity }, { scale: 'logits' }).value).toBeNull();
    expect(confidenceFromClassifier({ a: 2.5, b: 0.1 }).value).toBeNull();
  });

  it.each([
    [0.8, 1, 0.8],
    ['80%', 1, 0.8],
    [80, 100, 0.8],
    ['8/10', 1, 0.8],
    ['7', 10, 0.7],
    [80, 1, null],
    ['high', 1, null],
    [true, 1, null],
    ['', 1, null],
  ] as const)('takes %j on a scale to %d as the model’s word: %j', (said, scale, value) => {
    expect(selfReported(said, { scale }).value).toBe(value);
  });
});

describe('sources', () => {
  it('are in the type, and only like is compared with like', () => {
    const sure = confidenceFromClassifier({ a: 0.9 });
    const unsure = confidenceFromClassifier({ a: 0.4 });
    expect(leastSure(sure, unsure)).toBe(unsure);
    expect(leastSure(sure, confidenceFromClassifier({ a: 7 })).value).toBeNull();
    const said = selfReported(0.3);
    expectTypeOf(said).not.toExtend<Parameters<typeof leastSure<'classifier'>>[1]>();
    expect(confidenceOf('ensemble', 0.6, '3 of 5 answers agree').value).toBe(0.6);
    expect(confidenceOf('human', 2, 'sure').value).toBeNull();
  });
});

describe('any untrusted answer', () => {
  const share = (value: number | null) => value === null || (value >= 0 && value <= 1);
  const anyToken = fc.record(
    {
      token: fc.oneof(fc.string(), fc.constantFrom('pay', 'pay_', 'later', '"'), fc.anything()),
      logprob: fc.oneof(fc.double(), fc.double({ max: 0 }), fc.anything()),
      bytes: fc.oneof(fc.constant(undefined), fc.constant(null), fc.array(fc.integer({ min: -1, max: 300 }))),
      top_logprobs: fc.array(fc.record({ token: fc.string(), logprob: fc.double({ max: 0 }) })),
    },
    { requiredKeys: [] },
  );
  const answers = fc.oneof(
    fc.anything(),
    fc.array(anyToken).map((content) => chat(content as Token[])),
    fc.array(anyToken).map((content) => responses(content as Token[])),
  );

  it('gives a share or nothing, and never throws', () => {
    fc.assert(
      fc.property(answers, fc.string(), (answer, of) => {
        expect(share(confidenceFromLogprobs(answer, { of }).value)).toBe(true);
        expect(share(confidenceFromLogprobs(answer, { formula: 'per_token' }).value)).toBe(true);
        const options = optionConfidenceFromLogprobs(answer, ['pay', 'pay_later', of]);
        expect(share(options.value)).toBe(true);
        for (const score of Object.values(options.scores)) expect(share(score ?? null)).toBe(true);
      }),
    );
  });

  it('and any scores too', () => {
    const scores = fc.oneof(fc.anything(), fc.dictionary(fc.string(), fc.double()));
    fc.assert(
      fc.property(scores, (given) => {
        const untyped = given as Record<string, number>;
        expect(share(confidenceFromProbabilities(untyped).value)).toBe(true);
        expect(share(confidenceFromClassifier(untyped).value)).toBe(true);
        expect(share(confidenceFromClassifier(untyped, { scale: 'logits' }).value)).toBe(true);
        expect(share(selfReported(given).value)).toBe(true);
      }),
    );
  });
});
