// F23: the LLM that writes summaries fails in every way: too many requests, server errors, hanging, garbage, cut off,
// refusing, lying. Each run is requested in turn; the summary must be true, in time, and within the budget.
import { randomBytes } from 'node:crypto';
import { startTelltale } from '../support/app.ts';
import { type AskedFacts, honest, type ModelMood, startFakeOpenAi } from '../support/fake-openai.ts';
import { encodeRequest } from '../support/otlp-proto.ts';
import { requestOf, span } from '../support/otlp-server.ts';
import type { Fault, FaultResult } from './fault.ts';
import { send } from './send.ts';
import { drained } from './settle.ts';

const lie = (change: (answer: Record<string, unknown>) => unknown): ModelMood => ({
  answer: (asked: AskedFacts) => change(honest(asked)),
});
const MOODS: readonly (readonly [string, ModelMood])[] = [
  ['good', { answer: honest }],
  ['429', { retryAfterSeconds: 1 }],
  ['429 for an hour', { retryAfterSeconds: 3600 }],
  ['500', 'server_error'],
  ['hang', 'hang'],
  ['byte by byte', 'trickle'],
  ['reset', 'reset'],
  ['HTML', 'no_json'],
  ['garbage', 'garbage'],
  ['cut off', 'cut_off'],
  ['refusal', 'refuse'],
  ['filtered', 'filter'],
  ['false outcome', lie((answer) => ({ ...answer, outcome: 'ok' }))],
  ['invented figures', lie((answer) => ({ ...answer, story: [{ text: 'It failed 77 times.', span_ids: ['s1'] }] }))],
  [
    'half true',
    lie((answer) => ({
      ...answer,
      story: [{ text: 'All went well.', span_ids: ['s1'] }, ...(answer.story as unknown[])],
    })),
  ],
];
/** The code's deadline for one run, and what a loaded machine may add. */
const DEADLINE_MS = 20_000;
const SLACK_MS = 15_000;
const DAILY_USD = 0.6;
const nano = (ms: number) => `${Math.round(ms)}000000`;

interface Reply {
  readonly summary: {
    outcome: string;
    kind: string;
    headline: string;
    costUsd: number | null;
    sentences: { words: { text: string; isTold: boolean }[] }[];
  };
}

async function play(short: boolean): Promise<FaultResult> {
  const rounds = short ? 1 : Number(process.env.FAULT_MODEL_ROUNDS ?? 2);
  const server = await startFakeOpenAi();
  const app = await startTelltale({
    env: {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: server.baseUrl,
      TELLTALE_SUMMARY_MODEL: 'fake-1',
      TELLTALE_SUMMARY_PRICE: '1/1',
      TELLTALE_SUMMARY_DAILY_USD: String(DAILY_USD),
    },
  });
  const wrong: string[] = [];
  let runs = 0;
  let byTemplate = 0;
  let slowestMs = 0;
  const takenOf = new Map<string, number>();
  try {
    // Those that the program asks about by itself are answered with nothing, and cost little.
    server.answerWith('refuse');
    for (let round = 0; round < rounds; round++) {
      for (const [name, mood] of MOODS) {
        const traceId = randomBytes(16).toString('hex');
        const endMs = Date.now() - 1000;
        const failed = span({
          traceId,
          spanId: randomBytes(8).toString('hex'),
          name: 'desk',
          startTimeUnixNano: nano(endMs - 1500),
          endTimeUnixNano: nano(endMs),
          status: { code: 2, message: `upstream said no ${round}` },
        });
        const { status } = await send(app.otlpUrl, encodeRequest(requestOf(failed)));
        if (status !== 200) wrong.push(`${name}: ingest ${status}`);
        await drained(app.apiUrl);
        server.answerWith(mood);
        const startMs = performance.now();
        const answer = await fetch(`${app.apiUrl}/api/traces/${traceId}/summary`, { method: 'POST' });
        const tookMs = performance.now() - startMs;
        slowestMs = Math.max(slowestMs, tookMs);
        server.answerWith('refuse');
        const { summary } = (await answer.json()) as Reply;
        runs++;
        if (summary.kind === 'template') byTemplate++;
        else takenOf.set(name, (takenOf.get(name) ?? 0) + 1);
        const own = summary.sentences
          .flatMap(({ words }) => words.filter(({ isTold }) => !isTold).map(({ text }) => text))
          .join(' ');
        if (summary.outcome !== 'failed' || !/failed/.test(own)) wrong.push(`${name}: ${summary.outcome}, ${own}`);
        if (/77|went well|succe/.test(`${own} ${summary.headline}`)) wrong.push(`${name} was believed: ${own}`);
        // A call of the program's own may be before it in the line.
        if (tookMs > 2 * DEADLINE_MS + SLACK_MS) wrong.push(`${name} took ${Math.round(tookMs)} ms`);
      }
    }
    const status = (await (await fetch(`${app.apiUrl}/api/status`)).json()) as { summaries: { spentUsd: number } };
    const { spentUsd } = status.summaries;
    if (spentUsd > DAILY_USD) wrong.push(`spent ${spentUsd} of ${DAILY_USD}`);
    if ((takenOf.get('good') ?? 0) === 0) wrong.push('no good answer was taken');
    if (server.problems.length > 0) wrong.push(server.problems.join('; '));
    return {
      ok: wrong.length === 0,
      figures: {
        runs,
        requests: server.bodies.length,
        fallbackShare: `${Math.round((100 * byTemplate) / runs)}%`,
        goodTaken: `${takenOf.get('good') ?? 0} of ${rounds}`,
        falseOutcomes: wrong.filter((line) => line.includes('believed')).length,
        slowestMs: Math.round(slowestMs),
        spentUsd: spentUsd.toFixed(4),
        capUsd: DAILY_USD,
      },
      notes: wrong.join('; '),
    };
  } finally {
    await app.close();
    await server.close();
  }
}

export const modelTrouble: Fault = {
  name: 'F23',
  breaks: 'the LLM that writes summaries: 429, 500, hanging, garbage, cut off, refusing, lying',
  run: play,
};
