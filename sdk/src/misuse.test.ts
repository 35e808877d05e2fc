// What callers without types get wrong: a TypeError that names the mistake and shows the right call.
import { expect, it } from 'vitest';
import * as sdk from './index.ts';

// As JavaScript has it.
type Untyped = Record<string, (...args: unknown[]) => unknown>;
const js = sdk as unknown as Untyped;
const fn = () => 1;
const sink = { put: async () => undefined, drain: async () => undefined };
const letters = () => sdk.deadLetters('q', { sink }) as unknown as Untyped;
const service = () => sdk.connect('s') as unknown as Untyped;
const breaker = () => sdk.circuitBreaker('b') as unknown as Untyped;
const desk = () => sdk.defineAgent({ name: 'd', mayCall: [] }) as unknown as Untyped;
const store = sdk.memoryKeys();
const key = (value: unknown) => () => js.idempotent?.('pay', { key: value, store }, fn);

it.each<[string, () => unknown, RegExp]>([
  ...['agent', 'step', 'tool', 'llm', 'waitFor'].flatMap((name): [string, () => unknown, RegExp][] => [
    [`${name}(name)`, () => js[name]?.('x'), /function to run is missing.*Call it as/],
    [`${name}(name, options)`, () => js[name]?.('x', {}), /function to run must be a function, not an object/],
    [`${name}(name, text, fn)`, () => js[name]?.('x', 'text', fn), /options must be an object, not a string/],
  ]),
  [
    'retry without options',
    () => js.retry?.('x', fn),
    /options are missing: a function was passed in their place.*retry\(/,
  ],
  ['retry without function', () => js.retry?.('x', {}), /function to run is missing/],
  ['retry with NaN attempts', () => js.retry?.('x', { maxAttempts: Number.NaN }, fn), /maxAttempts must be/],
  [
    'retry with a text for isRepeatable',
    () => js.retry?.('x', { isRepeatable: 'no' }, fn),
    /isRepeatable must be true or false/,
  ],
  ['retry with a text as limit', () => js.retry?.('x', { timeoutMs: '5' }, fn), /timeoutMs must be a number.*a string/],
  [
    'retry with a rule that is none',
    () => js.retry?.('x', { isTransient: true }, fn),
    /isTransient must be a function/,
  ],
  ['retry with a controller', () => js.retry?.('x', { signal: new AbortController() }, fn), /must be an AbortSignal/],
  ['timeout without options', () => js.timeout?.('x', fn), /options are missing/],
  ['timeout without a limit', () => js.timeout?.('x', {}, fn), /timeoutMs must be a number.*it is missing/],
  ['circuitBreaker with a text', () => js.circuitBreaker?.('b', 'text'), /options must be an object/],
  ['circuitBreaker with share 5', () => js.circuitBreaker?.('b', { share: 5 }), /share must be/],
  ['breaker.call without options', () => breaker().call?.('x', fn), /options are missing.*breaker\.call/],
  ['connect with a text', () => js.connect?.('s', 'https://x'), /options must be an object.*connect\(/],
  [
    'connect with auth that cannot refresh',
    () => js.connect?.('s', { auth: 'token' }),
    /auth must have a function refresh/,
  ],
  ['service.call without options', () => service().call?.('x', fn), /options are missing.*service\.call/],
  ['service.call without a key', () => service().call?.('x', { idempotency: { store } }, fn), /key must be a text/],
  ['escalate without options', () => js.escalate?.('x'), /options are missing.*escalate\(/],
  ['escalate with a function as options', () => js.escalate?.('x', fn), /a function was passed in their place/],
  ['decide without options', () => js.decide?.('x', undefined, fn), /options are missing.*decide\(/],
  ['decide with nothing to choose', () => js.decide?.('x', {}, fn), /options\.options must list/],
  ['decide without function', () => js.decide?.('x', { options: ['a'] }), /function to run is missing/],
  ['deadLetters without a name', () => js.deadLetters?.(), /queue must be a text/],
  ['deadLetters with a sink that is none', () => js.deadLetters?.('q', { sink: {} }), /sink must have put and drain/],
  ['letters.catch without facts', () => letters().catch?.(fn), /options are missing.*letters\.catch/],
  ['letters.catch without a step', () => letters().catch?.({}, fn), /step must be a text/],
  ['letters.put without facts', () => letters().put?.(new Error('x')), /options are missing.*letters\.put/],
  ['letters.replay without handler', () => letters().replay?.(), /function to run is missing.*letters\.replay/],
  ['deadLetterFile without a path', () => js.deadLetterFile?.(), /path must be a text/],
  ['fileKeys without a folder', () => js.fileKeys?.(''), /folder must be a text.*it is empty/],
  ['preflight without a list', () => js.preflight?.({}), /dependencies must be a list/],
  ['preflight with a name', () => js.preflight?.(['disk']), /connected service or have a name/],
  ['defineAgent without a definition', () => js.defineAgent?.(), /options are missing.*defineAgent/],
  ['agent.run without function', () => desk().run?.({}), /function to run is missing.*agent\.run/],
  ['describeScope of nothing', () => js.describeScope?.(), /options are missing/],
  ['continueTrace without function', () => js.continueTrace?.({}), /function to run is missing/],
  ['HttpError.from of an error', () => sdk.HttpError.from(new Error('x') as never), /takes a Response/],
  ['idempotent without options', () => js.idempotent?.('x', fn), /options are missing.*idempotent\(/],
  ['idempotent with a store that is none', () => js.idempotent?.('x', { key: 'k', store: {} }, fn), /store must have/],
  ...[undefined, null, '', '  ', {}, { order: undefined }, [], Number.NaN, true, Symbol('k'), fn].map(
    (value): [string, () => unknown, RegExp] => [`a key of ${typeof value}`, key(value), /^The key must be a text/],
  ),
  ...['refund:undefined', 'null', 'a-NaN-b', 'refund:[object Object]', 'undefined/7'].map(
    (value): [string, () => unknown, RegExp] => [`the key ${value}`, key(value), /a part of it is missing/],
  ),
])('%s says what to pass', async (_what, call, says) => {
  const error: unknown = await (async () => call())().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TypeError);
  expect((error as TypeError).message).toMatch(says);
});

it.each(['refund:48213', 'nullable:7', 'undefined7', 'x', 48213, 7n])('%s is a key', async (value) => {
  expect(await js.idempotent?.('pay', { key: value, store }, fn)).toBe(1);
});

it.each(['customer/jennifer.null', 'Jennifer Null', 'nullable', 'refund:nullify', 'x.null@example.com', 'undefinedly'])(
  'the key %s names someone or something',
  async (key) => expect(await js.idempotent?.('keyed', { key, store: sdk.memoryKeys() }, () => key)).toBe(key),
);

it('no signal may be given as null, as in fetch', async () => {
  expect(await js.retry?.('signal', { signal: null }, () => 1)).toBe(1);
  expect(await js.timeout?.('signal', { signal: null, timeoutMs: 10_000 }, () => 2)).toBe(2);
  expect(await js.idempotent?.('signal', { signal: null, key: 'k', store: sdk.memoryKeys() }, () => 3)).toBe(3);
  expect(await service().call?.('signal', { signal: null }, () => 4)).toMatchObject({ degraded: false, value: 4 });
});
