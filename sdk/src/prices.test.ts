// A cost limit counts what models report in tokens, by the prices that the agent was given.
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunk, completion, type OpenAIServer, openOpenAIServer } from '../test-support/openai-server.ts';
import { type OtlpSink, openSink, type SinkSpan } from '../test-support/otlp-sink.ts';
import { type AgentResult, defineAgent, flush, llm, observeOpenAI, shutdown, start } from './index.ts';
import { costByPrice, type ModelPrices } from './prices.ts';

const PRICES: ModelPrices = {
  'gpt-4.1-mini': { inputUsdPerMillion: 400, cachedInputUsdPerMillion: 100, outputUsdPerMillion: 1600 },
  'text-embedding-3-small': { inputUsdPerMillion: 20 },
};

let sink: OtlpSink;
let server: OpenAIServer;
beforeAll(async () => {
  [sink, server] = await Promise.all([openSink(), openOpenAIServer()]);
  start({ service: 's', endpoint: sink.url });
});
afterAll(async () => {
  await shutdown();
  await Promise.all([sink.close(), server.close()]);
});

const newClient = (): OpenAI =>
  observeOpenAI(new OpenAI({ baseURL: server.baseURL, apiKey: 'none', maxRetries: 0 }), { includeUsage: true });
const messages = [{ role: 'user' as const, content: 'Capital of France?' }];
const stopOf = (result: AgentResult<unknown>): string =>
  result.status === 'stopped' ? `${result.stop.reason}: ${result.stop.detail}` : 'finished';
const recorded = async (name: string): Promise<SinkSpan> => {
  await flush();
  return sink.span(name);
};
const warnings = ({ events }: SinkSpan): unknown[] =>
  events
    .filter(({ name }) => name === 'telltale.warning')
    .map(({ attributes }) => attributes['telltale.warning.message']);

describe('a price', () => {
  const price = (usage: Parameters<typeof costByPrice>[2], ...models: (string | undefined)[]) =>
    costByPrice(PRICES, models, usage);
  it('is per million tokens; cached input is a part of the input', () => {
    expect(price({ inputTokens: 1000, outputTokens: 500 }, 'gpt-4.1-mini')).toBeCloseTo(1.2, 12);
    expect(price({ inputTokens: 1000, cachedTokens: 600, outputTokens: 0 }, 'gpt-4.1-mini')).toBeCloseTo(0.22, 12);
    expect(price({ inputTokens: 10, cachedTokens: 600, outputTokens: 0 }, 'gpt-4.1-mini')).toBeCloseTo(0.001, 12);
    expect(price({ inputTokens: 1000, cachedTokens: 600 }, 'text-embedding-3-small')).toBeCloseTo(0.02, 12);
  });
  it('is found by the name without its date, and by any of the names', () => {
    expect(price({ inputTokens: 0, outputTokens: 0 }, 'gpt-4.1-mini-2025-04-14')).toBe(0);
    expect(price({ inputTokens: 0, outputTokens: 0 }, 'my-deployment', undefined, 'gpt-4.1-mini')).toBe(0);
  });
  it('is not known, and never 0, for another model or without the tokens that are charged', () => {
    expect(
      price({ inputTokens: 1, outputTokens: 1 }, 'gpt-4.1', 'constructor', '__proto__', undefined),
    ).toBeUndefined();
    expect(price({ outputTokens: 1 }, 'gpt-4.1-mini')).toBeUndefined();
    expect(price({ inputTokens: 1 }, 'gpt-4.1-mini')).toBeUndefined();
    expect(price({ inputTokens: Number.NaN, outputTokens: 1 }, 'gpt-4.1-mini')).toBeUndefined();
    expect(price({ inputTokens: -1, outputTokens: 1 }, 'gpt-4.1-mini')).toBeUndefined();
  });
  it.each([
    [{ m: {} }, 'the price of m needs inputUsdPerMillion'],
    [{ m: { inputUsdPerMillion: '1' } }, 'the price of m needs inputUsdPerMillion'],
    [{ m: { inputUsdPerMillion: 1, output: 2 } }, 'output is no part of a price'],
    [{ m: { inputUsdPerMillion: 1, outputUsdPerMillion: -2 } }, 'must be a number from 0 up'],
    [{ m: 3 }, 'the price of m must be an object'],
    [7, 'prices must be an object'],
  ])('that is wrong is refused when the agent is defined: %j', (prices, words) => {
    expect(() => defineAgent({ name: 'a', mayCall: [], prices: prices as never })).toThrow(words);
  });
});

describe('a cost limit with prices', () => {
  const desk = (name: string, costUsd: number, prices: ModelPrices | undefined = PRICES) =>
    defineAgent({ name, mayCall: ['inner'], limits: { costUsd }, prices });

  it('counts the tokens of an observed client, and the span carries the cost', async () => {
    const client = newClient();
    server.answerWith((reply) => reply.json(completion()));
    const result = await desk('observed', 0.05).run({}, async () => {
      for (;;) await client.chat.completions.create({ model: 'gpt-4.1-mini', messages });
    });
    // 25 fresh and 32 cached tokens in, 12 out: 0.0324 USD a call.
    expect(stopOf(result)).toBe('budget: cost limit reached: 0.0648 of 0.05 USD');
    const run = await recorded('observed');
    expect(run.attributes['telltale.budget.spent_usd']).toBeCloseTo(0.0648, 10);
    const calls = sink.spans().filter(({ traceId, name }) => traceId === run.traceId && name.startsWith('chat'));
    expect(calls.map(({ attributes }) => attributes['gen_ai.usage.cost'])).toEqual([
      expect.closeTo(0.0324, 10),
      expect.closeTo(0.0324, 10),
      undefined,
    ]);
    expect(warnings(run)).toEqual([]);
  });

  it('counts streams and embeddings', async () => {
    const client = newClient();
    const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
    server.answerWith((reply, { path }) => {
      if (path.endsWith('/embeddings')) {
        reply.json({ object: 'list', model: 'text-embedding-3-small', data: [], usage: { prompt_tokens: 500 } });
      } else reply.stream([chunk({ content: 'Paris.' }), { ...chunk({}), choices: [], usage }]).done();
    });
    await desk('streamed', 1).run({}, async (_, run) => {
      const stream = await client.chat.completions.create({ model: 'gpt-4.1-mini', messages, stream: true });
      for await (const _chunk of stream);
      expect(run.state.costUsd).toBeCloseTo(0.056, 10);
      await client.embeddings.create({ model: 'text-embedding-3-small', input: 'x' });
      expect(run.state.costUsd).toBeCloseTo(0.066, 10);
    });
  });

  it('counts llm steps, whose own cost wins, and a call within a step only once', async () => {
    const client = newClient();
    server.answerWith((reply) => reply.json(completion()));
    await desk('steps', 9).run({}, async (_, run) => {
      await llm('a', { model: 'gpt-4.1-mini' }, (span) => span.setUsage({ inputTokens: 1000, outputTokens: 500 }));
      expect(run.state.costUsd).toBeCloseTo(1.2, 10);
      await llm('b', { model: 'gpt-4.1-mini' }, (span) =>
        span.setUsage({ inputTokens: 1000, outputTokens: 500, costUsd: 0.3 }),
      );
      expect(run.state.costUsd).toBeCloseTo(1.5, 10);
      await llm('c', { model: 'gpt-4.1-mini' }, (span) => {
        span.setUsage({ inputTokens: 500, outputTokens: 0 });
        span.setUsage({ inputTokens: 1000, outputTokens: 500 });
      });
      expect(run.state.costUsd).toBeCloseTo(2.7, 10);
      await llm('d', { model: 'gpt-4.1-mini' }, async (span) => {
        const { usage } = await client.chat.completions.create({ model: 'gpt-4.1-mini', messages });
        span.setUsage({ inputTokens: usage?.prompt_tokens, cachedTokens: 32, outputTokens: usage?.completion_tokens });
      });
      expect(run.state.costUsd).toBeCloseTo(2.7324, 10);
    });
  });

  it('reaches inner agents, and counts for the outer one', async () => {
    const inner = defineAgent({ name: 'inner', mayCall: [] });
    const result = await desk('outer', 1).run({}, async () => {
      for (;;) {
        await inner.run({}, () =>
          llm('think', { model: 'gpt-4.1-mini' }, (span) => span.setUsage({ inputTokens: 1000, outputTokens: 500 })),
        );
      }
    });
    expect(stopOf(result)).toBe('budget: cost limit reached: 1.2 of 1 USD');
  });

  it('says which calls it could not count', async () => {
    await desk('doubtful', 5).run({}, async () => {
      await llm('a', { model: 'gpt-4.1-mini' }, (span) => span.setUsage({ inputTokens: 1000, outputTokens: 500 }));
      await llm('b', { model: 'gpt-5' }, (span) => span.setUsage({ inputTokens: 1000, outputTokens: 500 }));
    });
    expect(warnings(await recorded('doubtful'))).toEqual([
      'A cost limit is set, and some calls did not count, for want of a price or of token counts: gpt-5.',
    ]);
  });

  it('holds for an observed client also when nothing is recorded', async () => {
    await shutdown();
    const client = newClient();
    server.answerWith((reply) => reply.json(completion()));
    const result = await desk('unseen', 0.05).run({}, async () => {
      for (;;) await client.chat.completions.create({ model: 'gpt-4.1-mini', messages });
    });
    expect(stopOf(result)).toBe('budget: cost limit reached: 0.0648 of 0.05 USD');
    start({ service: 's', endpoint: sink.url, selfCheck: false });
  });
});
