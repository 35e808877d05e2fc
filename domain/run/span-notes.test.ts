import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes, SpanLog } from '#contracts/span';
import { notesOf } from './span-notes.ts';

const none = { kind: 'llm' as const, events: [], logs: [], output: null };
const notes = (attributes: Attributes, over: Partial<Parameters<typeof notesOf>[0]> = {}) =>
  notesOf({ ...none, attributes, ...over });
const event = (name: string, attributes: Attributes) => ({ name, time: '', attributes });
const log = (over: Partial<SpanLog>): SpanLog => ({
  time: '',
  spanId: null,
  severityNumber: 0,
  severityText: '',
  eventName: 'gen_ai.evaluation.result',
  body: '',
  evaluation: null,
  attributes: {},
  ...over,
});

describe('finish reasons', () => {
  it.each<[string, Attributes, string[]]>([
    ['a list (OTel)', { 'gen_ai.response.finish_reasons': ['stop'] }, ['stop']],
    ['a word (LangSmith)', { 'gen_ai.response.finish_reasons': 'stop' }, ['stop']],
    ['words with commas (LangSmith)', { 'gen_ai.response.finish_reasons': 'stop, length' }, ['stop', 'length']],
    ['JSON text (Mastra)', { 'gen_ai.response.finish_reasons': '["tool-calls"]' }, ['tool_calls']],
    ['spelled otherwise (Vercel)', { 'ai.response.finishReason': 'tool-calls' }, ['tool_calls']],
    ['Anthropic’s words', { 'gen_ai.response.finish_reasons': ['end_turn', 'tool_use'] }, ['stop', 'tool_calls']],
    ['by index (Traceloop)', { 'gen_ai.completion.0.finish_reason': 'tool_call' }, ['tool_calls']],
    ['Gemini’s words', { 'gen_ai.response.finish_reasons': ['MAX_TOKENS'] }, ['length']],
    ['something new', { 'gen_ai.response.finish_reasons': ['Bored'] }, ['bored']],
    ['nothing', { 'gen_ai.response.finish_reasons': [] }, []],
    ['broken JSON', { 'gen_ai.response.finish_reasons': '["stop"' }, ['["stop"']],
  ])('%s', (_what, attributes, expected) => expect(notes(attributes).finishReasons).toEqual(expected));

  it('are found in the older choice events', () => {
    expect(notes({}, { events: [event('gen_ai.choice', { finish_reason: 'length' })] }).finishReasons).toEqual([
      'length',
    ]);
    expect(
      notes({}, { events: [event('gen_ai.choice', { message: '{"finish_reason":"stop"}' })] }).finishReasons,
    ).toEqual(['stop']);
  });

  it('are found in log records of the call', () => {
    const choice = log({ eventName: 'gen_ai.choice', body: '{"index":0,"finish_reason":"stop","message":{}}' });
    expect(notes({}, { logs: [choice] }).finishReasons).toEqual(['stop']);
    const details = log({
      eventName: 'gen_ai.client.inference.operation.details',
      attributes: { 'gen_ai.response.finish_reasons': ['length'] },
    });
    expect(notes({}, { logs: [details] }).finishReasons).toEqual(['length']);
  });

  it('are found in the answer itself where no attribute has them', () => {
    const output = '{"choices":[{"message":{"role":"assistant"},"finish_reason":"stop"}]}';
    expect(notes({}, { output }).finishReasons).toEqual(['stop']);
    expect(notes({}, { output: '[{"role":"assistant","parts":[],"finish_reason":"length"}]' }).finishReasons).toEqual([
      'length',
    ]);
    expect(notes({}, { output, kind: 'tool' }).finishReasons).toEqual([]);
  });
});

describe('prompts', () => {
  it.each<[string, Attributes, string | null, string | null]>([
    ['OTel', { 'gen_ai.prompt.name': 'refund', 'gen_ai.prompt.version': '3' }, 'refund', '3'],
    [
      'Langfuse',
      { 'langfuse.observation.prompt.name': 'refund', 'langfuse.observation.prompt.version': 3 },
      'refund',
      '3',
    ],
    ['Traceloop', { 'traceloop.prompt.key': 'refund', 'traceloop.prompt.version': 2 }, 'refund', '2'],
    ['OpenInference', { 'llm.prompt_template.version': 'v1.0' }, null, 'v1.0'],
    ['Vercel', { 'ai.telemetry.metadata.promptId': 'refund-v3' }, 'refund-v3', null],
    [
      'Vercel with Langfuse’s prompt',
      { 'ai.telemetry.metadata.langfusePrompt': '{"name":"refund","version":4}' },
      'refund',
      '4',
    ],
    [
      'LangSmith',
      { 'langsmith.metadata.lc_hub_repo': 'refund', 'langsmith.metadata.lc_hub_commit_hash': 'ab12' },
      'refund',
      'ab12',
    ],
    [
      'OpenAI Agents',
      { span_data: '{"type":"response","_response":{"prompt":{"id":"pmpt_1","version":"2"}}}' },
      'pmpt_1',
      '2',
    ],
  ])('of %s', (_dialect, attributes, name, version) => expect(notes(attributes).prompt).toEqual({ name, version }));

  it('are none when none is named', () => {
    expect(notes({ 'gen_ai.prompt': 'say hi', 'gen_ai.prompt.0.role': 'user' }).prompt).toBeNull();
  });
});

describe('evaluations', () => {
  const said = {
    'gen_ai.evaluation.name': 'relevance',
    'gen_ai.evaluation.score.value': 0.8,
    'gen_ai.evaluation.score.label': 'pass',
    'gen_ai.evaluation.explanation': 'to the point',
  };
  const relevance = { name: 'relevance', score: 0.8, label: 'pass', explanation: 'to the point' };

  it('are read from the span, its events and its log records, in either form', () => {
    expect(notes(said).evaluations).toEqual([relevance]);
    expect(notes({}, { events: [event('gen_ai.evaluation.result', said)] }).evaluations).toEqual([relevance]);
    expect(notes({}, { logs: [log({ attributes: said })] }).evaluations).toEqual([relevance]);
    expect(notes({}, { logs: [log({ body: JSON.stringify(said) })] }).evaluations).toEqual([relevance]);
    expect(notes({}, { logs: [log({ attributes: said, eventName: 'other' })] }).evaluations).toEqual([]);
  });

  it.each<[string, Attributes, object]>([
    [
      'OpenInference',
      { 'annotations.0.annotation.name': 'tone', 'annotations.0.annotation.score': '0.5' },
      { name: 'tone', score: 0.5, label: null, explanation: null },
    ],
    [
      'Arize',
      { 'eval.tone.label': 'rude', 'eval.tone.explanation': 'shouts' },
      { name: 'tone', score: null, label: 'rude', explanation: 'shouts' },
    ],
    [
      'a guardrail of OpenAI Agents',
      { 'guardrail.triggered': true },
      { name: 'guardrail', score: null, label: 'triggered', explanation: null },
    ],
  ])('of %s', (_dialect, attributes, expected) => expect(notes(attributes).evaluations).toEqual([expected]));

  it('are what an evaluator answered, where nothing else says it', () => {
    const of = (output: string, kind: 'evaluator' | 'tool' = 'evaluator') => notes({}, { output, kind }).evaluations;
    expect(of('0.75')).toEqual([{ name: null, score: 0.75, label: null, explanation: null }]);
    expect(of('{"score":1,"reason":"fine"}')).toEqual([{ name: null, score: 1, label: null, explanation: 'fine' }]);
    expect(of('{"score":1}', 'tool')).toEqual([]);
    expect(of('all good')).toEqual([]);
  });
});

it('takes any values under any of the names', () => {
  const keys = fc.constantFrom(
    '__proto__',
    'gen_ai.response.finish_reasons',
    'gen_ai.prompt.name',
    'gen_ai.evaluation.score.value',
    'annotations.0.annotation.score',
    'eval.__proto__.score',
    'span_data',
    'guardrail.triggered',
  );
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Attributes[string]>;
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, value)), fc.string(), (pairs, output) => {
      const attributes = Object.fromEntries(pairs);
      notesOf({ kind: 'evaluator', attributes, events: [event('gen_ai.choice', attributes)], logs: [], output });
      expect(Object.hasOwn(Object.prototype, 'score')).toBe(false);
    }),
  );
});
