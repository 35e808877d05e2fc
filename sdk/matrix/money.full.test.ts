// Money moves once on every supported line of Node: several processes with the same keys and dead letters, some of which
// are killed in the middle.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runIn, type Seen } from './compare.ts';
import { openMatrix } from './full-tier.ts';
import { nodeVersions } from './node-versions.ts';

const matrix = await openMatrix();
const NAMES = '{ deadLetterFile, deadLetters, fileKeys, idempotent, retry, start, timeout }';
const FORMATS = {
  'ES module': ['app.mjs', `import ${NAMES} from '@telltale/sdk'; import { appendFileSync } from 'node:fs';`],
  CommonJS: ['app.cjs', `const ${NAMES} = require('@telltale/sdk'); const { appendFileSync } = require('node:fs');`],
} as const;

const KEYS = 12;
const OTHERS = 3;
/** What all programs share. `role` is what the process does; `folder` is where keys, letters and effects are. */
const SHARED = `
  const [, , role, folder] = process.argv;
  start({ service: 'money', log: () => undefined });
  const store = fileKeys(folder + '/keys');
  const letters = deadLetters('refunds', { sink: deadLetterFile(folder + '/letters.jsonl') });
  const move = (key) => appendFileSync(folder + '/effects', key + '\\n');
  const hang = () => { console.log('ready'); return new Promise(() => setInterval(() => undefined, 1_000)); };
  const keyed = (key, fn) => idempotent('pay', { key: 'order:' + key, store, waitMs: 60_000 }, fn);
  const pay = (key) => keyed(key, () =>
    retry('transfer', { initialDelayMs: 1 }, () => timeout('limit', { timeoutMs: 60_000 }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 3));
      move(key);
      return 're-' + key;
    })));
  async function payAll() {
    const ends = {};
    for (let key = 0; key < ${KEYS}; key++) {
      const end = await pay(key).catch((error) => error.name);
      ends[end === 're-' + key ? 'paid' : end] ??= 0;
      ends[end === 're-' + key ? 'paid' : end] += 1;
    }
    console.log(JSON.stringify(ends));
  }
  const undecided = (key) => pay(key).then(() => { throw new Error('paid again'); }, (error) => error);`;

/** Two of these processes are killed: one before it has paid the first key, one after it has paid the second. */
const PAYERS = `
  if (role === 'dies before') await keyed(0, hang);
  if (role === 'dies after') await keyed(1, () => { move(1); return hang(); });
  if (role === 'decides') {
    await (await undecided(0)).didNotHappen();
    await (await undecided(1)).happened('re-1');
  }
  await payAll();`;

/** It has paid, and takes too long to say so. */
const LATE = `
  console.log(await keyed('late', () => retry('transfer', { timeoutMs: 30, initialDelayMs: 1 }, () => {
    move('late');
    return new Promise((resolve) => setTimeout(resolve, 300));
  })).catch((error) => error.name));`;

const REPLAYERS = `
  if (role === 'puts')
    for (let order = 0; order < ${KEYS}; order++) await letters.put(new Error('down'), { step: 'pay', input: { order } });
  else await letters.replay(async ({ input }) => {
    if (role === 'dies before' && input.order === 3) await hang();
    return pay(input.order);
  });`;

let made = 0;
for (const { name, path, missing } of await nodeVersions()) {
  for (const [format, [file, load]] of Object.entries(FORMATS)) {
    const reason = missing === null ? '' : ` (left out: ${missing})`;
    const test = (what: string, fn: () => Promise<void>) =>
      it.skipIf(path === null || matrix.isLeftOut)(matrix.title(`${name}, ${format}: ${what}${reason}`), fn);

    /** A folder, and what runs the program on it in a process of its own. */
    const opened = async (work: string) => {
      const project = matrix.pair.withSdk;
      await project.write(file, `${load} ${SHARED} (async () => { ${work} })();`);
      const folder = join(project.folder, `run-${++made}`);
      await mkdir(folder);
      const run = async (role: string, whenReady?: (pid: number) => void): Promise<Seen> => {
        const command = { file: path as string, args: [file, role, folder], env: matrix.env };
        return (await runIn(project, whenReady === undefined ? command : { ...command, whenReady })).seen;
      };
      return {
        run,
        others: () => Promise.all(Array.from({ length: OTHERS }, () => run('works'))),
        killed: async (role: string) =>
          expect(await run(role, (pid) => process.kill(pid, 'SIGKILL'))).toMatchObject({ signal: 'SIGKILL' }),
        effects: async () => (await readFile(join(folder, 'effects'), 'utf8')).split('\n').filter(Boolean).sort(),
      };
    };
    const keys = Array.from({ length: KEYS }, (_, key) => String(key));
    const ended = (stdout: string) => ({ code: 0, signal: null, stdout: `${stdout}\n`, stderr: '' });

    test('several processes pay each key once, and leave alone what a killed one may have paid', async () => {
      const { run, others, killed, effects } = await opened(PAYERS);
      await Promise.all([killed('dies before'), killed('dies after')]);
      const unsure = ended(`{"OutcomeUnknownError":2,"paid":${KEYS - 2}}`);
      expect(await others()).toEqual(Array(OTHERS).fill(unsure));
      expect(await effects()).toEqual(keys.slice(1).sort());
      expect(await run('decides')).toEqual(ended(`{"paid":${KEYS}}`));
      expect(await effects()).toEqual([...keys].sort());
    });

    test('what took too long is not paid again, neither by its retry nor by another process', async () => {
      const { others, effects } = await opened(LATE);
      const ends = (await others()).map(({ stdout }) => stdout.trim()).sort();
      expect(ends).toEqual(['OutcomeUnknownError', 'OutcomeUnknownError', 'TimeoutError']);
      expect(await effects()).toEqual(['late']);
    });

    test('several processes replay each dead letter once, also those of a killed one', async () => {
      const { run, others, killed, effects } = await opened(REPLAYERS);
      await run('puts');
      await killed('dies before');
      for (const { code } of await others()) expect(code).toBe(0);
      expect(await effects()).toEqual([...keys].sort());
    });
  }
}
