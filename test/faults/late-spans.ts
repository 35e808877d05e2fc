// F19: spans that arrive after the ones that need them: the child before its root, the root an hour and a day later. The
// program lives at the earlier time first (its clock is shifted), then today. One run, and it is whole.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { encodeRequest } from '../support/otlp-proto.ts';
import { requestOf, span } from '../support/otlp-server.ts';
import type { Fault } from './fault.ts';
import { send } from './send.ts';
import { drained, withFolder } from './settle.ts';

const CLOCK = fileURLToPath(new URL('../support/shift-clock.mjs', import.meta.url));
const HOUR_MS = 3_600_000;

interface Case {
  readonly what: string;
  /** How long before today the child arrives. */
  readonly childAgoMs: number;
  /** How long before its child the root began. */
  readonly rootLeadMs: number;
}
const CASES: readonly Case[] = [
  { what: 'the child before its root', childAgoMs: 0, rootLeadMs: 1000 },
  { what: 'the root an hour late', childAgoMs: HOUR_MS, rootLeadMs: 1000 },
  { what: 'the root 25 hours late', childAgoMs: 25 * HOUR_MS, rootLeadMs: 1000 },
  { what: 'a run of 25 hours, its root last', childAgoMs: 0, rootLeadMs: 25 * HOUR_MS },
];

const nano = (ms: number) => `${Math.round(ms)}000000`;

interface Answer {
  readonly runs: readonly { traceId: string; name: string; spanCount: number; status: string }[];
  readonly spans: readonly { spanId: string; parentSpanId: string | null }[];
  readonly name: string;
}

async function ask(app: RunningTelltale, traceId: string): Promise<Answer> {
  const json = async (path: string) => (await fetch(`${app.apiUrl}${path}`)).json() as Promise<Record<string, unknown>>;
  const trace = (await json(`/api/traces/${traceId}`)) as unknown as {
    run?: { name: string };
    spans?: Answer['spans'];
  };
  const { runs } = (await json('/api/runs?limit=100')) as unknown as Pick<Answer, 'runs'>;
  return {
    runs: runs.filter((run) => run.traceId === traceId),
    spans: trace.spans ?? [],
    name: trace.run?.name ?? 'none',
  };
}

async function playCase({ what, childAgoMs, rootLeadMs }: Case): Promise<string[]> {
  const wrong: string[] = [];
  await withFolder(async (dataDir) => {
    const traceId = randomBytes(16).toString('hex');
    const [rootId, childId] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
    const childAtMs = Date.now() - childAgoMs - 2000;
    const times = (startMs: number, endMs: number) => ({
      startTimeUnixNano: nano(startMs),
      endTimeUnixNano: nano(endMs),
    });
    const env = childAgoMs === 0 ? {} : { NODE_OPTIONS: `--import=${CLOCK}`, SHIFT_CLOCK_MS: String(-childAgoMs) };
    let app = await startTelltale({ dataDir, env });
    const take = async (one: ReturnType<typeof span>) => {
      const { status, text } = await send(app.otlpUrl, encodeRequest(requestOf(one)));
      if (status !== 200) wrong.push(`${what}: ${status} ${text}`);
      await drained(app.apiUrl);
      return ask(app, traceId);
    };
    const expect = (so: boolean, claim: string, answer: Answer) => {
      if (!so) wrong.push(`${what}: ${claim}: ${JSON.stringify(answer)}`);
    };
    try {
      const child = {
        traceId,
        spanId: childId,
        parentSpanId: rootId,
        name: 'child',
        ...times(childAtMs, childAtMs + 500),
      };
      const early = await take(span(child));
      expect(early.runs.length === 1 && early.runs[0]?.name === 'child', 'the child alone is not one run', early);
      if (childAgoMs !== 0) {
        await app.close();
        app = await startTelltale({ dataDir });
      }
      const root = { traceId, spanId: rootId, name: 'root', ...times(childAtMs - rootLeadMs, childAtMs + 1000) };
      const late = await take(span(root));
      expect(late.runs.length === 1, 'the list does not show one run', late);
      expect(late.runs[0]?.name === 'root' && late.name === 'root', 'the run is not its root', late);
      expect(late.runs[0]?.spanCount === 2 && late.spans.length === 2, 'a span is missing', late);
      const parent = late.spans.find(({ spanId }) => spanId === childId)?.parentSpanId;
      expect(parent === rootId, 'the child is not below its root', late);
    } finally {
      await app.close();
    }
    return { ok: true, figures: {} };
  });
  return wrong;
}

export const lateSpans: Fault = {
  name: 'F19',
  breaks: 'a child before its root, a root 1 h and 25 h late, and a run of 25 h whose root comes last',
  async run(short) {
    const cases = short ? CASES.slice(0, 1) : CASES;
    const wrong: string[] = [];
    for (const one of cases) wrong.push(...(await playCase(one)));
    return { ok: wrong.length === 0, figures: { cases: cases.length, wrong: wrong.length }, notes: wrong.join('; ') };
  },
};
