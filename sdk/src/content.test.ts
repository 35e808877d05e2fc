// captureContent: false keeps contents out of every byte that is exported: a secret goes into each input of each function.
import { gunzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type MisbehavingServer, openMisbehaving } from '../examples/misbehaving-server.ts';
import { fakeRuntime } from '../test-support/fake-runtime.ts';
import { type OpenAIServer, openOpenAIServer } from '../test-support/openai-server.ts';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import {
  agent,
  circuitBreaker,
  confidenceOf,
  connect,
  deadLetters,
  decide,
  defineAgent,
  escalate,
  flush,
  HttpError,
  idempotent,
  llm,
  memoryKeys,
  observeOpenAI,
  preflight,
  retry,
  SchemaDriftError,
  selfReported,
  shutdown,
  start,
  step,
  timeout,
  tool,
  waitFor,
} from './index.ts';

const S = 'CANARY-7f3a';
let sink: OtlpSink;
let server: MisbehavingServer;
let model: OpenAIServer;
beforeAll(async () => {
  [sink, server, model] = await Promise.all([openSink(), openMisbehaving(), openOpenAIServer()]);
  start({ service: 'support-api', endpoint: sink.url, captureContent: false, announce: true });
});
afterAll(async () => {
  await shutdown();
  await Promise.all([sink.close(), server.close(), model.close()]);
});

const runtime = fakeRuntime();
const store = memoryKeys();
const letters = deadLetters('q', { sink: { put: async () => undefined, drain: async () => undefined } });
const failing = (error: unknown) => (): never => {
  throw error;
};
const api = (fields: object, message: string) => Object.assign(new Error(message), fields);
const held = { threshold: 0.9 } as const;
// Whatever callers without types hand in.
const odd = (made: object) => () => made as never;

const calls: Record<string, () => unknown> = {
  tool: () => tool('t', { input: { a: `${S}-1` } }, () => `${S}-2`),
  step: () => step('s', { input: `${S}-3` }, (span) => void span.setInput(`${S}-4`).setOutput({ x: `${S}-5` })),
  llm: () => llm('l', { model: 'm', input: `${S}-6`, system: `${S}-7` }, () => `${S}-8`),
  waitFor: () => waitFor('w', { input: `${S}-9` }, () => `${S}-10`),
  escalate: () => escalate('x', { reason: `${S}-11`, asked: `${S}-12`, input: `${S}-13` }, () => `${S}-14`),
  decide: () =>
    decide('d', { input: `${S}-15`, options: [{ id: 'a', reason: `${S}-16` }, 'b'] }, () => ({
      choice: 'a' as const,
      reasoning: `${S}-17`,
      action: `${S}-18`,
      confidence: confidenceOf('heuristic', 0.5, `${S}-19`),
    })),
  'decide, of no option': () =>
    decide(
      'd',
      { options: ['a'] },
      odd({ choice: `${S}-20`, confidence: `${S}-21`, confidenceSource: `${S}-22`, outcome: `${S}-23` }),
    ),
  'decide, what the model said': () =>
    decide('d', { options: ['a'] }, () => ({ choice: 'a' as const, confidence: selfReported(`${S} 80`) })),
  'decide, handed over': () =>
    decide(
      'd',
      { ...held, input: `${S}-24`, options: ['a'], belowThreshold: { escalateTo: 'x', asked: `${S}-25` } },
      odd({ choice: 'a', confidence: `${S}-26` }),
    ),
  'decide, asked': () =>
    decide(
      'd',
      {
        ...held,
        options: ['a'],
        belowThreshold: {
          ask: 'x',
          asked: `${S}-27`,
          answer: () => ({ choice: 'a' as const, by: `${S}-28`, reasoning: `${S}-29` }),
        },
      },
      odd({ choice: 'a', confidence: `${S}-30` }),
    ),
  retry: () =>
    retry(
      'r',
      { input: `${S}-31`, runtime, maxAttempts: 2 },
      failing(new HttpError(503, new Headers(), `${S}-32`, 'bank')),
    ),
  timeout: () => timeout('t', { timeoutMs: 1000, input: `${S}-33` }, () => `${S}-34`),
  idempotent: () => idempotent('i', { key: `${S}-35`, store, input: `${S}-36` }, () => `${S}-37`),
  'idempotent, failed before': async () => {
    const work = () =>
      idempotent('i', { key: 'f', store, retryFailed: false }, failing(new HttpError(422, undefined, `${S}-38`)));
    await Promise.resolve(work()).catch(() => 0);
    await work();
  },
  'idempotent, unknown': async () => {
    const work = () => idempotent('i', { key: 'u', store }, failing(new HttpError(500, undefined, `${S}-39`)));
    await Promise.resolve(work()).catch(() => 0);
    await work();
  },
  'circuit, open': async () => {
    const breaker = circuitBreaker('b', { failures: 1 });
    await Promise.resolve(
      breaker.call('c', { input: `${S}-40` }, failing(new HttpError(503, undefined, `${S}-41`))),
    ).catch(() => 0);
    await breaker.call('c', {}, () => 1);
  },
  deadLetters: () =>
    letters.catch(
      { step: 'l', input: `${S}-42`, idempotencyKey: `${S}-43` },
      failing(new HttpError(400, undefined, `${S}-44`)),
    ),
  preflight: () => preflight([{ name: 'p', check: failing(new HttpError(500, undefined, `${S}-45`)) }]),
  'a service that refuses': () => {
    server.behave({ status: 422, json: { error: `iban of ${S}-46 rejected` } });
    return connect('svc', { baseUrl: server.url }).call('c', { input: `${S}-47` }, ({ json }) =>
      json(`/x?token=${S}-48`),
    );
  },
  'a service that answers otherwise': async () => {
    server.behave({ status: 200, json: { [`${S}-49`]: 1, status: `${S}-50`, people: { [`${S}-51`]: 'x' } } });
    const schema = z.object({ status: z.enum(['ok']), people: z.record(z.string(), z.number()) });
    const call = connect('svc', { baseUrl: server.url, schema, onDrift: 'fail' }).call('c', {}, ({ json }) =>
      json('/x'),
    );
    await expect(call).rejects.toBeInstanceOf(SchemaDriftError);
  },
  'a service that answers no JSON': () => {
    server.behave({ status: 200, json: undefined });
    return connect('svc', { baseUrl: server.url }).call('c', {}, () => JSON.parse(`${S}-52 is no JSON`));
  },
  'a service with a fallback': () =>
    connect('svc', { critical: false, circuit: false }).call(
      'c',
      { fallback: `${S}-53` },
      failing(new HttpError(500, undefined, `${S}-54`)) as () => string,
    ),
  'an address that is none': () => tool('f', () => fetch(`/relative?q=${S}-55`)),
  'a wrapped error': () =>
    tool(
      'w',
      failing(
        new Error(`refund failed: ${S}-56 is blocked`, { cause: new HttpError(400, undefined, `${S}-56 is blocked`) }),
      ),
    ),
  axios: () => tool('x', failing(api({ response: { status: 400, data: { why: `${S}-57` } } }, `Refused: ${S}-57`))),
  'AI SDK': () =>
    tool('x', failing(api({ statusCode: 400, responseBody: `{"error":{"message":"bad ${S}-58"}}` }, `bad ${S}-58`))),
  'AI SDK, no object': () =>
    tool('x', failing(api({ text: `{"a": ${S}-59` }, `JSON parsing failed: Text: {"a": ${S}-59.`))),
  zod: () => tool('z', () => z.object({ [`${S}-60`]: z.number({ error: `${S}-61` }) }).parse({})),
  'an observed client': async () => {
    const client = observeOpenAI(new OpenAI({ apiKey: 'x', baseURL: model.baseURL, maxRetries: 0 }));
    model.answerWith((reply) => reply.json({ error: { message: `cannot say ${S}-62`, type: 'x' } }, 400));
    await client.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: `${S}-63` }],
      user: `${S}-64`,
      metadata: { k: `${S}-65` },
      tools: [{ type: 'function', function: { name: 'f', description: `${S}-66`, parameters: {} } }],
    });
  },
  'an input out of scope': () =>
    defineAgent({
      name: 'desk',
      accepts: z.object({ a: z.enum([`${S}-67`]) }),
      mayCall: [],
      escalateTo: { target: 'h', asked: `${S}-68`, notify: () => `${S}-69` },
    }).run({ a: `${S}-70` } as never, () => 1),
  'an output out of scope': () =>
    defineAgent({ name: 'desk', produces: z.literal('z', `${S}-71`), mayCall: [] }).run({}, () => `${S}-72` as never),
  'an agent that stops itself': () =>
    defineAgent({ name: 'desk', mayCall: [], escalateTo: 'h' }).run(`${S}-73`, (_input, run) => run.stop(`${S}-74`)),
};

it.each(Object.keys(calls))('%s lets nothing through', async (name) => {
  await agent(name, { input: `${S}-0` }, async (run) => {
    await Promise.resolve(calls[name]?.()).catch(() => 0);
    run.setOutput(`${S}-99`);
  }).catch(() => 0);
  const { sent } = await flush();
  expect(sent).toBeGreaterThan(0);
  for (const { path, headers, body } of [...sink.requests, ...sink.logs]) {
    const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    const at = text.indexOf(S);
    expect(at < 0 ? '' : `${path}: ${text.slice(Math.max(0, at - 300), at + 30)}`).toBe('');
  }
});

it('what is left says what happened', async () => {
  const all = sink.spans();
  const messages = all.flatMap(({ status }) => (status?.message ? [status.message] : []));
  expect(messages).toEqual(
    expect.arrayContaining([
      'bank answered 503',
      'svc answered 422',
      'desk stopped: the output is not what it may give back',
      'refund failed: [not captured]',
      '400 [not captured]',
    ]),
  );
  const paths = all.flatMap(({ attributes }) => attributes['telltale.schema_drift.paths'] ?? []);
  expect(paths).toEqual(['people.*', 'status', '*']);
  const reasons = all.flatMap(({ attributes }) => attributes['telltale.escalation.reason'] ?? []);
  expect(reasons).toContain('d: confidence is no number from 0 to 1');
  expect(reasons).toContain('the input is outside its scope');
});
