// An agent that makes more spans than it can send: what it loses it says, and none of its runs is taken for lost. From
// the SDK in a process of its own, through the collector and storage, to the API and the rule about lost runs.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCode } from '../sdk/test-support/run-example.ts';
import { type RunningTelltale, startTelltale } from './support/app.ts';

let telltale: RunningTelltale;
beforeAll(async () => {
  telltale = await startTelltale();
});
afterAll(() => telltale?.close());

const RUNS = 60;
/** Each run is announced, makes many small steps and a decision, and all of them end at the same moment. */
const FLOOD = `
import { agent, decide, flush, start, tool } from '@telltale/sdk';
start({ service: 'flood', announceEvery: 0.25 });
let open;
const all = new Promise((resolve) => { open = resolve; });
const runs = Array.from({ length: ${RUNS} }, () => agent('busy', async () => {
  await decide('route', { options: ['a', 'b'] }, () => ({ choice: 'a' }));
  await all;
  for (let i = 0; i < 10; i++) await tool('lookup', () => i);
}));
// Every run is known as running before it ends.
for (let known = 0; known < ${RUNS}; ) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  const reply = await fetch(process.env.RUNNING_RUNS);
  if (reply.ok) known = (await reply.json()).runs.length;
}
open();
await Promise.all(runs);
console.log(JSON.stringify(await flush({ timeoutMs: 60_000 })));
`;

async function get<T>(path: string, init?: RequestInit): Promise<T> {
  const reply = await fetch(`${telltale.apiUrl}${path}`, init);
  expect(reply.status, await reply.clone().text()).toBe(200);
  return (await reply.json()) as T;
}

interface Listed {
  runs: { traceId: string; spanCount: number }[];
}
const runsOf = async (status: string): Promise<Listed['runs']> =>
  (await get<Listed>(`/api/runs?service=flood&limit=100&status=${status}`)).runs;

it('loses leaves before roots, says how many, and none of its runs counts as lost', async () => {
  const { stdout } = await runCode(FLOOD, {
    OTEL_EXPORTER_OTLP_ENDPOINT: telltale.otlpUrl,
    RUNNING_RUNS: `${telltale.apiUrl}/api/runs?service=flood&limit=100&status=running`,
    // Fewer than there are runs.
    OTEL_BSP_MAX_QUEUE_SIZE: '20',
  });
  const { sent, failed, dropped, pending } = JSON.parse(stdout);
  expect({ total: sent + dropped, failed, pending }).toEqual({ total: RUNS * 12, failed: 0, pending: 0 });
  expect(dropped).toBeGreaterThan(RUNS);

  const ended = await vi.waitFor(
    async () => {
      const runs = await runsOf('ok');
      expect(runs).toHaveLength(RUNS);
      return runs;
    },
    { timeout: 60_000, interval: 100 },
  );
  for (const status of ['running', 'stalled', 'error']) expect(await runsOf(status)).toEqual([]);
  const most = { ofRun: 0, ofProcess: 0 };
  for (const { traceId } of ended) {
    const said = await lostOf(traceId);
    most.ofRun = Math.max(most.ofRun, said.ofRun);
    most.ofProcess = Math.max(most.ofProcess, said.ofProcess);
    if (most.ofRun > 0 && most.ofProcess > RUNS) break;
  }
  expect(most.ofRun).toBeGreaterThan(0);
  expect(most.ofProcess).toBeGreaterThan(RUNS);

  // Longer after their last sign of life than it takes to be lost: four times a quarter of a second.
  const rule = { kind: 'stalled_runs', name: 'Lost runs', notify: 'page', threshold: 1 };
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const tried = await get<{ firedCount: number }>('/api/rules/try?days=1', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rule),
  });
  expect(tried.firedCount).toBe(0);
});

/** The number of lost spans on the root of a run; 0 = none. */
async function lostOf(traceId: string): Promise<{ ofRun: number; ofProcess: number }> {
  const { spans } = await get<{ spans: { spanId: string; parentSpanId: string | null }[] }>(`/api/traces/${traceId}`);
  const root = spans.find(({ parentSpanId }) => parentSpanId === null);
  const { attributes } = await get<{ attributes: Record<string, unknown> }>(
    `/api/traces/${traceId}/spans/${root?.spanId}`,
  );
  return {
    ofRun: Number(attributes['telltale.lost.of_run'] ?? 0),
    ofProcess: Number(attributes['telltale.lost.of_process'] ?? 0),
  };
}
