// What an agent is doing now: from the SDK in a process of its own, through the collector and storage, to the API.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Run, Trace } from '#contracts/run';
import { type AgentProcess, startAgent } from './support/agent-process.ts';
import { type RunningTelltale, startTelltale } from './support/app.ts';

let telltale: RunningTelltale;
let dataDir: string;
const agents: AgentProcess[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'telltale-open-'));
  telltale = await startTelltale({ dataDir });
});
afterAll(async () => {
  for (const agent of agents) agent.signal('SIGKILL');
  await telltale?.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function begin(): Promise<AgentProcess> {
  const agent = await startAgent(telltale.otlpUrl);
  agents.push(agent);
  return agent;
}

async function listed(status: string): Promise<Run[]> {
  const { runs } = (await (await fetch(`${telltale.apiUrl}/api/runs?status=${status}`)).json()) as { runs: Run[] };
  return runs;
}

async function traceOf({ traceId }: AgentProcess): Promise<Trace> {
  const reply = await fetch(`${telltale.apiUrl}/api/traces/${traceId}`);
  expect(reply.status).toBe(200);
  return (await reply.json()) as Trace;
}

const find = async (status: string, { traceId }: AgentProcess): Promise<Run | undefined> =>
  (await listed(status)).find((run) => run.traceId === traceId);

/** The run, once the list has it under this status and `is` holds for it. */
const becomes = (status: string, agent: AgentProcess, is: (run: Run) => boolean = () => true): Promise<Run> =>
  vi.waitFor(
    async () => {
      const run = await find(status, agent);
      if (run === undefined || !is(run)) throw new Error(`not ${status} yet: ${JSON.stringify(run)}`);
      return run;
    },
    { timeout: 60_000, interval: 50 },
  );

it('shows a run from which no finished span has come, what it does and whom it waits for, and its end', async () => {
  const agent = await begin();
  const running = await becomes('running', agent, (run) => run.activity?.step === 'collect evidence');
  expect(running).toMatchObject({
    name: 'refund-desk',
    agent: 'refund-desk',
    service: 'refunds',
    sessionId: 's-48213',
    userId: 'c-7',
    spanCount: 0,
    errorCount: 0,
    headline: 'refund-desk is running, in collect evidence',
    activity: { state: 'running', waitingFor: null },
  });
  const { spans, openSteps } = await traceOf(agent);
  expect(spans).toEqual([]);
  expect(openSteps.map(({ name, kind, state }) => [name, kind, state])).toEqual([
    ['refund-desk', 'agent', 'running'],
    ['collect evidence', 'retrieval', 'running'],
  ]);
  expect(openSteps[1]?.parentSpanId).toBe(openSteps[0]?.spanId);
  const filtered = `${telltale.apiUrl}/api/runs?agent=refund-desk&sessionId=s-48213&userId=c-7&service=refunds`;
  expect(await (await fetch(filtered)).json()).toMatchObject({ runs: [{ traceId: agent.traceId }] });
  expect(await (await fetch(`${telltale.apiUrl}/api/runs?agent=other`)).json()).toMatchObject({ runs: [] });

  agent.say('');
  const waiting = await becomes('running', agent, (run) => run.activity?.state === 'waiting' && run.spanCount === 1);
  expect(waiting.headline).toBe('refund-desk is waiting for finance team');
  expect(waiting.durationMs).toBeGreaterThan(0);

  agent.say('yes');
  expect((await agent.ended).code).toBe(0);
  const ended = await becomes('ok', agent);
  expect(ended).toMatchObject({ spanCount: 3, activity: null, name: 'refund-desk' });
  expect((await traceOf(agent)).openSteps).toEqual([]);
  for (const status of ['running', 'stalled', 'error']) expect(await find(status, agent)).toBeUndefined();
});

it('finds a run whose process was killed, and says whom it was waiting for', async () => {
  const agent = await begin();
  agent.say('');
  await becomes('running', agent, (run) => run.activity?.state === 'waiting');
  agent.signal('SIGKILL');
  await agent.ended;
  const stalled = await becomes('stalled', agent);
  expect(stalled).toMatchObject({
    headline: 'refund-desk went silent while waiting for finance team',
    activity: { state: 'stalled', waitingFor: 'finance team' },
  });
  expect(await find('running', agent)).toBeUndefined();
});

it('a process that stood still and goes on is found running again, and a late end ends it', async () => {
  const agent = await begin();
  await becomes('running', agent);
  agent.signal('SIGSTOP');
  await becomes('stalled', agent);
  agent.signal('SIGCONT');
  await becomes('running', agent);
  agent.say('');
  agent.say('no');
  expect((await agent.ended).code).toBe(1);
  expect(await becomes('error', agent)).toMatchObject({ activity: null, errorCount: 1 });
});

it('knows what runs after a restart of Telltale, with no span and no second announcement', async () => {
  const agent = await begin();
  await becomes('running', agent);
  const port = new URL(telltale.otlpUrl).port;
  await telltale.close();
  telltale = await startTelltale({ dataDir, env: { TELLTALE_OTLP_HTTP_PORT: port } });
  const run = await becomes('running', agent);
  expect(run.startTime).toBe((await traceOf(agent)).openSteps[0]?.startTime);
  agent.say('');
  agent.say('yes');
  await agent.ended;
  await becomes('ok', agent);
});

it('counts records of open steps as log records that reached storage', async () => {
  // Counters begin again at a restart, such as that of the test before.
  const agent = await begin();
  await becomes('running', agent);
  await vi.waitFor(
    async () => {
      const { logs } = (await (await fetch(`${telltale.apiUrl}/api/status`)).json()) as {
        logs: { received: number; acked: number; inserted: number };
      };
      expect(logs.received).toBeGreaterThan(0);
      expect([logs.acked, logs.inserted]).toEqual([logs.received, logs.received]);
    },
    { timeout: 60_000, interval: 50 },
  );
  agent.say('');
  agent.say('yes');
  await agent.ended;
});
