// Several real processes with the same keys and dead letters, busy ones and killed ones: an action happens once.
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { propertyRuns } from '../../../test/support/tier.ts';
import { type RunningExample, runCode, startCode } from '../../test-support/run-example.ts';
import { deadLetterFile, deadLetters, fileKeys, idempotent } from '../index.ts';
import { isGone, type Owner, thisOwner } from './process-owner.ts';

let folder: string;
const running: RunningExample[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-processes-'));
});
afterAll(async () => {
  await Promise.all(running.map((each) => each.kill()));
  await rm(folder, { recursive: true, force: true });
});

/** As an application runs it: no test. */
const env = { NODE_ENV: 'production', VITEST: '', JEST_WORKER_ID: '' };
const started = (code: string): RunningExample => {
  const process = startCode(code, env);
  running.push(process);
  return process;
};
const lines = async (path: string): Promise<string[]> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean);

const sdk = "import { deadLetterFile, deadLetters, fileKeys, idempotent, memoryKeys } from '@telltale/sdk';";
const payer = (keys: string, work: string): string => `${sdk}
  const store = fileKeys(${JSON.stringify(keys)});
  await idempotent('pay', { key: 'k', store, leaseMs: 100 }, async () => { ${work} });
  console.log('paid');`;

it('a process whose event loop is blocked keeps its key, however short the lease', async () => {
  const keys = join(folder, 'busy');
  const busy = started(
    payer(
      keys,
      "console.log('begun'); await new Promise((r) => setTimeout(r, 50)); const until = Date.now() + 1200; while (Date.now() < until); return 'by the first';",
    ),
  );
  await busy.printed('begun');
  // It asks again and again, long after the lease.
  let runs = 0;
  const second = idempotent('pay', { key: 'k', store: fileKeys(keys), leaseMs: 100, waitMs: 60_000 }, () => ++runs);
  expect(await second).toBe('by the first');
  expect(runs).toBe(0);
  expect((await busy.ended).exitCode).toBe(0);
});

it('the key of a killed process is known to be open at once, and nobody pays again', async () => {
  const keys = join(folder, 'killed');
  const killed = started(payer(keys, "console.log('begun'); await new Promise(() => setInterval(() => {}, 1000));"));
  await killed.printed('begun');
  killed.signal('SIGKILL');
  await killed.endedBy;
  const again = idempotent('pay', { key: 'k', store: fileKeys(keys), leaseMs: 300_000, waitMs: 0 }, () => 'twice');
  await expect(again).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
});

it('without a store outside of tests nothing is done, and keys in memory say once that they are alone', async () => {
  const none = await runCode(`${sdk} await idempotent('pay', { key: 'k' }, () => console.log('paid'));`, env);
  expect(none.exitCode).not.toBe(0);
  expect(none.stdout).not.toContain('paid');
  expect(none.stderr).toMatch(/TypeError: A store is missing/);
  const code = `${sdk} const store = memoryKeys();
    for (const key of ['a', 'b']) await idempotent('pay', { key, store }, () => console.log('paid', key));`;
  const alone = await runCode(code, env);
  const several = await runCode(code, { ...env, NODE_APP_INSTANCE: '0' });
  expect([alone.stdout, several.stdout]).toEqual(Array(2).fill('paid a\npaid b\n'));
  expect(alone.stderr).toBe('');
  expect(several.stderr.match(/idempotency keys are in memory/g)).toHaveLength(1);
});

const replayer = (path: string, effects: string, more = ''): string => `${sdk}
  import { appendFileSync } from 'node:fs';
  const letters = deadLetters('refunds', { sink: deadLetterFile(${JSON.stringify(path)}) });
  const result = await letters.replay(async ({ input }) => {
    ${more}
    await new Promise((resolve) => setTimeout(resolve, 5));
    appendFileSync(${JSON.stringify(effects)}, input.order + '\\n');
  });
  console.log(JSON.stringify(result));`;
const replayHere = (path: string, effects: string) =>
  deadLetters('refunds', { sink: deadLetterFile(path) }).replay(({ input }) =>
    appendFile(effects, `${(input as { order: number }).order}\n`),
  );
const put = async (path: string, from: number, to: number): Promise<void> => {
  const letters = deadLetters('refunds', { sink: deadLetterFile(path) });
  for (let order = from; order < to; order++) await letters.put(new Error('down'), { step: 'pay', input: { order } });
};

it('three processes that replay at once do every letter once, also letters that come meanwhile', async () => {
  for (let round = 0; round < propertyRuns(1, 10); round++) {
    const path = join(folder, `letters-${round}`, 'refunds.jsonl');
    const effects = `${path}.effects`;
    await put(path, 0, 20);
    const replays = [0, 1, 2].map(() => started(replayer(path, effects)));
    await put(path, 20, 30);
    const ends = await Promise.all(replays.map((each) => each.ended));
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    // What came after they had moved the file aside.
    await replayHere(path, effects);
    const done = await lines(effects);
    expect(done.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, order) => order));
    expect((await readdir(join(path, '..'))).sort()).toEqual(['refunds.jsonl.effects']);
  }
});

it('what a killed process was replaying is taken over by one other, and a living one is left alone', async () => {
  for (let round = 0; round < propertyRuns(1, 10); round++) {
    const path = join(folder, `taken-${round}`, 'refunds.jsonl');
    const effects = `${path}.effects`;
    await put(path, 0, 20);
    const stopAt = `if (input.order === ${5 + round}) { console.log('waiting'); await new Promise(() => setInterval(() => {}, 1000)); }`;
    const killed = started(replayer(path, effects, stopAt));
    await killed.printed('waiting');
    // It lives and is in the middle of a letter: there is nothing for others to do.
    expect(await replayHere(path, effects)).toEqual({ replayed: 0, failed: 0, skipped: 0 });
    killed.signal('SIGKILL');
    await killed.endedBy;
    const others = [0, 1].map(() => started(replayer(path, effects)));
    const [here, ...ends] = await Promise.all([replayHere(path, effects), ...others.map((each) => each.ended)]);
    expect(here.failed).toBe(0);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const done = (await lines(effects)).map(Number).sort((a, b) => a - b);
    expect(done).toEqual(Array.from({ length: 20 }, (_, order) => order));
  }
});

it('another process with the number of one that ended is not taken for it', () => {
  const me = thisOwner();
  const other = { ...me, pid: process.ppid };
  const reused: Owner = { ...other, started: '1' };
  expect(isGone(me)).toBe(false);
  if (me.started !== '') expect(isGone(reused)).toBe(true);
  expect(isGone({ ...me, started: '1' })).toBe(true);
  expect(isGone({ ...me, instance: '00000000' })).toBe(null);
  expect(isGone({ ...me, host: '0'.repeat(16) })).toBe(null);
});

it('a lock that a killed process left does not stop others', async () => {
  const path = join(folder, 'locked', 'refunds.jsonl');
  await put(path, 0, 1);
  const dead = await runCode('console.log(process.pid)', env);
  const { host, instance } = thisOwner();
  await appendFile(`${path}.lock`, `0a1b2c3d ${host}.${dead.stdout.trim()}.77.${instance}`);
  await Promise.all([put(path, 1, 5), put(path, 5, 9)]);
  expect(await lines(path)).toHaveLength(9);
});
