// What the detail makes of recorded text: messages, options, JSON, long payloads, failures.

import { describe, expect, it } from 'vitest';
import type { SpanDetail } from '#contracts/span';
import { decided } from '../trace/fixture.ts';
import { failureOfSpan } from './failure.ts';
import { isJson, jsonText, jsonTokens } from './json-tokens.ts';
import { messagesOf } from './messages.ts';
import { optionsOf } from './options.ts';
import { pieceOf } from './payload.ts';
import { refusedConfidence, warningsOf } from './warnings.ts';

describe('messages', () => {
  it('are read from the AI SDK’s form', () => {
    const text = JSON.stringify([
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'lookup', input: { id: 1 } }] },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: 'c1', toolName: 'lookup', output: { type: 'json', value: 'found' } },
        ],
      },
    ]);
    expect(messagesOf(text)?.flatMap(({ parts }) => parts)).toEqual([
      { is: 'call', name: 'lookup', args: '{\n  "id": 1\n}', id: 'c1' },
      { is: 'result', text: 'found', id: 'c1' },
    ]);
  });

  it('are read from the events of the older conventions', () => {
    const text = JSON.stringify([
      { 'event.name': 'gen_ai.user.message', content: 'hi' },
      { 'event.name': 'gen_ai.choice', index: 0, message: { content: 'yes' } },
    ]);
    expect(messagesOf(text)?.map(({ role, parts }) => [role, parts])).toEqual([
      ['user', [{ is: 'text', text: 'hi' }]],
      ['assistant', [{ is: 'text', text: 'yes' }]],
    ]);
  });

  it('are read from the OpenTelemetry form', () => {
    const text = JSON.stringify([
      { role: 'user', parts: [{ type: 'text', content: 'Where is my refund?' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'hm' },
          { type: 'tool_call', id: 'c1', name: 'orders.lookup', arguments: { id: 1 } },
        ],
      },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'late' }] },
    ]);
    expect(messagesOf(text)).toEqual([
      { role: 'user', name: null, parts: [{ is: 'text', text: 'Where is my refund?' }] },
      {
        role: 'assistant',
        name: null,
        parts: [
          { is: 'thought', text: 'hm' },
          { is: 'call', id: 'c1', name: 'orders.lookup', args: '{\n  "id": 1\n}' },
        ],
      },
      { role: 'tool', name: null, parts: [{ is: 'result', text: 'late', id: 'c1' }] },
    ]);
  });
  it('are read from the OpenAI form, from a request and from a completion', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
    const request = JSON.stringify({
      model: 'm',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'hi' },
            { type: 'image_url', image_url: {} },
          ],
        },
      ],
    });
    expect(messagesOf(request)?.[0]?.parts.map((part) => part.is)).toEqual(['text', 'other']);
    const answer = JSON.stringify({ choices: [{ message: { role: 'assistant', content: null, tool_calls: [call] } }] });
    expect(messagesOf(answer)).toEqual([
      { role: 'assistant', name: null, parts: [{ is: 'call', id: 'c1', name: 'f', args: '{"a":1}' }] },
    ]);
    expect(messagesOf(JSON.stringify([{ role: 'tool', tool_call_id: 'c1', content: '42' }]))?.[0]?.parts).toEqual([
      { is: 'result', text: '42', id: 'c1' },
    ]);
  });
  it.each([
    null,
    '',
    'plain text',
    '[1,2]',
    '[]',
    '{"role":"user"}',
    '[{"role":"user","content":"a"},5]',
    '{broken',
    '"text"',
  ])('%j is not a list of messages', (text) => {
    expect(messagesOf(text)).toBeNull();
  });
  it('keys that exist on every object are not treated as parts', () => {
    expect(messagesOf('[{"role":"user","parts":[{"type":"__proto__","constructor":1}]}]')?.[0]?.parts[0]).toMatchObject(
      { is: 'other', what: '__proto__' },
    );
  });
});

describe('JSON', () => {
  it('is laid out without changing a figure or losing a repeated key', () => {
    const text = '{"id":12345678901234567890,"a":1,"a":2,"e":{},"l":[1.0,"x:{,}\\""]}';
    expect(isJson(text)).toBe(true);
    expect(jsonText(text)).toBe(
      '{\n  "id": 12345678901234567890,\n  "a": 1,\n  "a": 2,\n  "e": {},\n  "l": [\n    1.0,\n    "x:{,}\\""\n  ]\n}',
    );
    expect(JSON.parse(jsonText(text))).toEqual(JSON.parse(text));
    expect(jsonTokens('{"k":"v"}').filter((token) => token.is !== 'mark')).toEqual([
      { text: '"k"', is: 'key' },
      { text: '"v"', is: 'string' },
    ]);
  });
  it('text that only begins like JSON stays text', () => {
    expect(isJson('{not json}')).toBe(false);
    expect(isJson('42')).toBe(false);
  });
});

describe('long payloads', () => {
  it('show head and tail and say how much is between', () => {
    const piece = pieceOf(`${'a'.repeat(100)}${'b'.repeat(800)}${'c'.repeat(100)}`, 100, 100);
    expect(piece).toEqual({ head: 'a'.repeat(100), tail: 'c'.repeat(100), hidden: 800 });
    expect(pieceOf('short', 100, 100)).toEqual({ head: 'short', tail: '', hidden: 0 });
  });
  it('never cut a character in half and lose none', () => {
    const text = '😀'.repeat(500);
    const { head, tail, hidden } = pieceOf(text, 101, 101);
    expect(head.length + tail.length + hidden).toBe(text.length);
    expect([...head, ...tail].every((character) => character === '😀')).toBe(true);
  });
});

describe('options of a decision', () => {
  it('the chosen one is first, then by score, with their reasons', () => {
    const details = JSON.stringify([
      { id: 'manual_review', score: 0.21, reason: 'slow' },
      { id: 'auto_refund', score: 0.72 },
      { id: 'deny', score: 0.9 },
    ]);
    expect(optionsOf(decided(0.72, 0.7), details)).toEqual([
      { name: 'auto_refund', score: 0.72, reason: null, isChosen: true },
      { name: 'deny', score: 0.9, reason: null, isChosen: false },
      { name: 'manual_review', score: 0.21, reason: 'slow', isChosen: false },
    ]);
  });
  it('without details the choice has the confidence, the others none; nonsense is ignored', () => {
    for (const details of [
      null,
      'nonsense',
      '{"id":1}',
      '[1,null,{"id":5},{"id":"x","score":"high"}]'.replace('"x"', '"auto_refund"'),
    ]) {
      expect(optionsOf(decided(0.72, 0.7), details).map(({ name, score }) => [name, score])).toEqual([
        ['auto_refund', 0.72],
        ['manual_review', null],
      ]);
    }
  });
  it('a choice that was not an option is shown anyway', () => {
    expect(optionsOf(decided(0.5, null, '__proto__'), null)[0]).toEqual({
      name: '__proto__',
      score: 0.5,
      reason: null,
      isChosen: true,
    });
  });
});

describe('failures', () => {
  const span = {
    isError: true,
    errorType: 'timeout',
    errorMessage: 'short',
    statusMessage: 'status',
    attributes: {},
    events: [] as SpanDetail['events'],
  } as unknown as SpanDetail;
  const exception = (message: string) => ({
    name: 'exception',
    time: '',
    attributes: { 'exception.type': 'UpstreamTimeout', 'exception.message': message, 'exception.stacktrace': 'at a' },
  });
  it('are described by their last exception event', () => {
    expect(failureOfSpan({ ...span, events: [exception('first'), exception('last')] })).toEqual({
      type: 'UpstreamTimeout',
      message: 'last',
      stack: 'at a',
      origin: null,
    });
  });
  it('name the step in which they began, the attempt and its input', () => {
    const traceId = 'a'.repeat(32);
    const originWith = (ref: unknown, attempt: unknown = 3) =>
      failureOfSpan({
        ...span,
        traceId,
        attributes: {
          'telltale.failure.step': 'pay',
          'telltale.failure.attempt': attempt as number,
          'telltale.failure.input_ref': ref as string,
        },
      })?.origin;
    expect(originWith('order:7')).toEqual({ step: 'pay', attempt: 3, inputRef: 'order:7', inputSpanId: null });
    expect(originWith(`${traceId}/b1`)).toEqual({ step: 'pay', attempt: 3, inputRef: null, inputSpanId: 'b1' });
    expect(originWith(7, 'x')).toEqual({ step: 'pay', attempt: 1, inputRef: null, inputSpanId: null });
  });
  it('are described by the status without an event', () => {
    expect(failureOfSpan(span)).toEqual({ type: 'timeout', message: 'status', stack: null, origin: null });
    expect(failureOfSpan({ ...span, isError: false })).toBeNull();
  });
});

describe('warnings about a decision', () => {
  const event = (name: string, attributes: SpanDetail['attributes']) => ({ name, time: '', attributes });
  it('are the warning events, in words or by their code', () => {
    expect(
      warningsOf([
        event('exception', {}),
        event('telltale.warning', { 'telltale.warning.code': 'no_decision', 'telltale.warning.message': 'None came.' }),
        event('telltale.warning', {}),
      ]),
    ).toEqual([
      { code: 'no_decision', message: 'None came.' },
      { code: 'warning', message: 'warning' },
    ]);
  });
  it('name a confidence that could not be one, and only then', () => {
    const attributes = { 'telltale.decision.confidence.value': 1.7 };
    expect(refusedConfidence({ decision: decided(null, 0.7), attributes })).toBe('1.7');
    expect(refusedConfidence({ decision: decided(0.7, 0.7), attributes })).toBeNull();
    expect(refusedConfidence({ decision: decided(null, 0.7), attributes: {} })).toBeNull();
    expect(refusedConfidence({ decision: null, attributes })).toBeNull();
  });
});

describe('messages that were cut', () => {
  const say = (i: number) => ({ role: 'user', content: `message ${i}, {"a": [1` });
  const note = '…[telltale: 90000 bytes cut to 61440; sha256 0a1b2c3d]…';
  const all = JSON.stringify([say(1), say(2), say(3), say(4)]);

  it('are shown as far as they are complete, with a note between', () => {
    const text = all.slice(0, all.indexOf('message 2')) + note + all.slice(all.indexOf('"content":"message 3') + 4);
    const shown = messagesOf(text) ?? [];
    expect(shown.map(({ role }) => role)).toEqual(['user', 'cut', 'user']);
    expect(JSON.stringify(shown[0])).toContain('message 1');
    expect(JSON.stringify(shown[2])).toContain('message 4');
  });

  it('are shown wherever the cut is, and never invented', () => {
    for (let at = 1; at < all.length - 1; at++) {
      const shown = messagesOf(all.slice(0, at) + note + all.slice(at + 1)) ?? [];
      const whole = shown.filter(({ role, parts }) => role === 'user' && !JSON.stringify(parts).includes('telltale'));
      for (const { parts } of whole) expect(all).toContain(JSON.stringify((parts[0] as { text: string }).text));
    }
  });

  it('are no messages when none is complete', () => {
    expect(messagesOf(`[{"role":"us${note}er"`)).toBeNull();
    expect(messagesOf(`{"a":${note}`)).toBeNull();
  });
});
