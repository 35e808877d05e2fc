// A scope holds whatever an agent tries and whatever becomes of its telemetry.
import { createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide, defineAgent, flush, llm, shutdown, start, tool } from './index.ts';

type Act = { kind: 'tool'; name: string } | { kind: 'llm'; costUsd: number } | { kind: 'decide' };
interface Scope {
  mayCall: string[];
  steps: number | undefined;
  costUsd: number | undefined;
}

const NAMES = ['orders.lookup', 'payments.refund', '__proto__', 'constructor', ''];
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('tool' as const), name: fc.constantFrom(...NAMES) }),
    fc.record({ kind: fc.constant('llm' as const), costUsd: fc.constantFrom(0, 0.01, 0.02, Number.NaN, -1) }),
    fc.record({ kind: fc.constant('decide' as const) }),
  ),
  { maxLength: 12 },
);
const scopes: fc.Arbitrary<Scope> = fc.record({
  mayCall: fc.subarray(NAMES),
  steps: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  costUsd: fc.option(fc.constantFrom(0.01, 0.03), { nil: undefined }),
});

/** What must happen, by the rules alone: how many acts run, and what refuses the next. */
function expected(program: readonly Act[], { mayCall, steps, costUsd }: Scope): { ran: number; reason: string | null } {
  let spent = 0;
  for (const [ran, act] of program.entries()) {
    if (act.kind === 'tool' && !mayCall.includes(act.name)) return { ran, reason: 'tool_not_permitted' };
    if (steps !== undefined && ran >= steps) return { ran, reason: 'max_steps' };
    if (costUsd !== undefined && spent >= costUsd) return { ran, reason: 'budget' };
    if (act.kind === 'llm' && act.costUsd > 0) spent += act.costUsd;
  }
  return { ran: program.length, reason: null };
}

/** Plays the acts and swallows every refusal, as a loop around a model may. */
async function play(program: readonly Act[], { mayCall, steps, costUsd }: Scope) {
  let ran = 0;
  const act = (each: Act): Promise<unknown> => {
    if (each.kind === 'tool') return tool(each.name, () => (ran += 1));
    if (each.kind === 'decide') {
      return decide('next', { options: ['on'] }, () => {
        ran += 1;
        return { choice: 'on' };
      });
    }
    return llm('think', (span) => {
      ran += 1;
      span.setUsage({ costUsd: each.costUsd });
    });
  };
  const agent = defineAgent({ name: 'tried', mayCall, limits: { steps, costUsd } });
  const result = await agent.run({}, async () => {
    for (const each of program) await act(each).catch(() => undefined);
  });
  return { ran, reason: result.status === 'stopped' ? result.stop.reason : null };
}

const holds = () =>
  fc.assert(
    fc.asyncProperty(acts, scopes, async (program, scope) => {
      expect(await play(program, scope)).toEqual(expected(program, scope));
    }),
    { numRuns: 150 },
  );

describe('a scope', () => {
  let silent: Server;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    // Takes connections and never answers.
    silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  it('holds to the step when nothing is recorded', holds);

  it('holds as well while the receiver never answers, and nothing waits for it', async () => {
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    start({ endpoint: `http://127.0.0.1:${address.port}`, log: () => undefined });
    await holds();
    const made = await decide(
      'asks',
      { options: ['on', 'off'], threshold: 1, belowThreshold: { ask: 'ana', answer: () => ({ choice: 'on' }) } },
      () => ({ choice: 'off' }),
    );
    expect(made).toMatchObject({ choice: 'on', outcome: 'executed' });
    const { pending, dropped, failed } = await flush({ timeoutMs: 1 });
    expect(pending + dropped + failed).toBeGreaterThan(0);
    await shutdown({ timeoutMs: 1 });
  });
});
