// Files of the engine damaged while the real program is stopped: what is lost is said, what is left is answered, and what
// cannot work does not start.
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Status } from '#contracts/status';
import { type RunningTelltale, runTelltale, type StartOptions, startTelltale } from './support/app.ts';
import { itInFull } from './support/full-tier.ts';
import { IS_FULL_TIER } from './support/tier.ts';

/** All variants in the full tier; each is some starts of the program. */
const some = <T>(all: T[], few: number): T[] => (IS_FULL_TIER ? all : all.slice(0, few));
const HANG = { timeout: 60_000 };
const BATCHES = [400, 300, 200, 100];
let folder = '';
let base = '';

const statusOf = async ({ apiUrl }: RunningTelltale) => (await (await fetch(`${apiUrl}/api/status`)).json()) as Status;
const runsOf = async ({ apiUrl }: RunningTelltale) => {
  const response = await fetch(`${apiUrl}/api/runs?limit=200`);
  return { status: response.status, body: (await response.json()) as { runs?: unknown[]; error?: { code: string } } };
};

/** What is left running by a test that failed ends before its files are removed. */
const started: RunningTelltale[] = [];
async function start(options: StartOptions): Promise<RunningTelltale> {
  const app = await startTelltale(options);
  started.push(app);
  return app;
}

/** Each span is a run of its own. */
function request(count: number, first: number) {
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId: (first + i).toString(16).padStart(32, '0'),
    spanId: (first + i).toString(16).padStart(16, '0'),
    name: 'work',
    startTimeUnixNano: `${Date.now()}000000`,
    endTimeUnixNano: `${Date.now() + 5}000000`,
    // Larger batches have larger files.
    attributes: [{ key: 'note', value: { stringValue: `${first + i}`.repeat(20) } }],
  }));
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-damage-'));
  base = join(folder, 'base');
  const app = await start({ dataDir: base });
  let sent = 0;
  for (const count of BATCHES) {
    const body = JSON.stringify(request(count, sent + 1));
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${app.otlpUrl}/v1/traces`, { method: 'POST', headers, body })).status).toBe(200);
    sent += count;
    // One part each.
    await vi.waitUntil(async () => (await statusOf(app)).spans.inserted === sent, HANG);
  }
  expect((await statusOf(app)).storedData).toMatchObject({ warning: null, missingRows: 0, damage: [] });
  expect(await app.close()).toBe(0);
});
afterAll(async () => {
  await Promise.all(started.map((app) => app.close()));
  await rm(folder, { recursive: true, force: true });
});

async function copyOfBase(name: string): Promise<string> {
  const dir = join(folder, name);
  await cp(base, dir, { recursive: true, verbatimSymlinks: true });
  return dir;
}

const filesOf = async (dir: string, ending: string) => {
  const all = (await readdir(dir, { recursive: true }))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(dir, name));
  return all.filter((path) => !path.includes('detached'));
};
/** The data file of the largest part of `spans`; its folder has the name of the part. */
async function largestFile(dir: string): Promise<string> {
  const [spans] = (await filesOf(join(dir, 'engine'), '/spans.sql')).sort();
  const uuid = /UUID '([0-9a-f-]+)'/.exec(await readFile(spans as string, 'utf8'))?.[1] as string;
  const files = await filesOf(join(dir, 'engine', 'store', uuid.slice(0, 3), uuid), '.bin');
  const sized = await Promise.all(files.map(async (path) => ({ path, size: (await stat(path)).size })));
  return sized.sort((a, b) => b.size - a.size)[0]?.path as string;
}

/** As many rows as the ledger has for a part. */
async function rowsOf(dir: string, part: string): Promise<number> {
  const line = (await readFile(join(dir, 'stored-parts.jsonl'), 'utf8'))
    .split('\n')
    .find((one) => one.startsWith(`["${part}"`));
  return JSON.parse(line as string)[1];
}

describe.concurrent('rows that are gone', () => {
  const GONE: [string, 'missing' | 'detached', (file: string) => Promise<unknown>][] = [
    ['a part deleted', 'missing', (file) => rm(dirname(file), { recursive: true })],
    ['a column file deleted', 'detached', (file) => rm(file)],
    ['columns.txt cut', 'detached', (file) => truncate(join(dirname(file), 'columns.txt'), 10)],
  ];
  it.each(some(GONE, 1))(
    '%s: the rest is answered, and log, status, metrics and doctor say what is missing',
    async (name, kind, harm) => {
      const dir = await copyOfBase(name.replaceAll(' ', '-'));
      const file = await largestFile(dir);
      const rows = await rowsOf(dir, basename(dirname(file)));
      await harm(file);
      const app = await start({ dataDir: dir });
      const { storedData } = await statusOf(app);
      expect(storedData?.damage).toMatchObject([{ table: 'spans', rows, kind }]);
      expect(storedData?.missingRows).toBe(rows);
      const warning = new RegExp(
        `Stored data is damaged: ${rows} rows of spans \\(20\\d\\d-\\d\\d-\\d\\d\\) cannot be read`,
      );
      expect(storedData?.warning).toMatch(warning);
      expect(app.output()).toMatch(warning);
      const metrics = await (await fetch(`${app.apiUrl}/metrics`)).text();
      expect(metrics).toContain(`telltale_stored_data_missing_rows ${rows}\n`);
      expect(metrics).toContain('telltale_stored_data_damaged_parts 1\n');
      expect((await runsOf(app)).status).toBe(200);
      expect((await fetch(`${app.apiUrl}/readyz`)).status).toBe(200);
      const meanwhile = await runTelltale(['doctor'], {
        TELLTALE_DATA_DIR: dir,
        TELLTALE_PORT: new URL(app.apiUrl).port,
      });
      expect(meanwhile.output).toMatch(/WRONG stored data: Stored data is damaged/);
      expect(meanwhile.code).toBe(1);
      expect(await app.close()).toBe(0);
      // Said again at the next start, and by the doctor, until it is accepted.
      const doctor = await runTelltale(['doctor', '--deep'], { TELLTALE_DATA_DIR: dir });
      expect(doctor.output).toMatch(
        new RegExp(`WRONG stored data in spans: ${rows} rows received in .* Restore a backup`),
      );
      expect(doctor.code).toBe(1);
      const described = await runTelltale(['doctor', '--accept-loss'], { TELLTALE_DATA_DIR: dir });
      expect(described.output).toContain('Add --yes to do it');
      expect((await runTelltale(['doctor', '--accept-loss', '--yes'], { TELLTALE_DATA_DIR: dir })).code).toBe(0);
      expect((await runTelltale(['doctor', '--deep'], { TELLTALE_DATA_DIR: dir })).code).toBe(0);
    },
  );
});

itInFull(
  'flipped bytes are called damage, found by doctor --deep, and set aside so that the rest is answered',
  async () => {
    const dir = await copyOfBase('flipped');
    const file = await largestFile(dir);
    const part = basename(dirname(file));
    const rows = await rowsOf(dir, part);
    const bytes = await readFile(file);
    for (let i = 0; i < 40; i++) {
      const at = Math.floor((bytes.length * i) / 40) + 7;
      bytes[at] = (bytes[at] as number) ^ 0xff;
    }
    await writeFile(file, bytes);
    const app = await start({ dataDir: dir });
    // The first batch is the largest, and in this part whether or not parts were merged meanwhile.
    const response = await fetch(`${app.apiUrl}/api/traces/${'1'.padStart(32, '0')}`);
    expect(response.status).toBe(500);
    expect(((await response.json()) as { error: object }).error).toMatchObject({
      code: 'storage_damaged',
      message: `Stored data is damaged: what was asked for cannot be read (part ${part}).`,
      hint: expect.stringContaining('telltale doctor --deep'),
    });
    expect((await statusOf(app)).storedData).toMatchObject({
      failedReads: expect.any(Number),
      warning: expect.stringContaining(`cannot be read (${part})`),
    });
    expect(await app.close()).toBe(0);

    const found = await runTelltale(['doctor', '--deep'], { TELLTALE_DATA_DIR: dir });
    expect(found.code).toBe(1);
    const [, command] =
      /WRONG files of spans\/\S+: [^\n]*npx telltale (doctor --deep --set-aside \S+) --yes/.exec(found.output) ?? [];
    expect(command).toBe(`doctor --deep --set-aside spans/${part}`);
    const asked = await runTelltale((command as string).split(' '), { TELLTALE_DATA_DIR: dir });
    expect(asked.output).toContain(`${rows} rows of spans would leave all answers`);
    const done = await runTelltale([...(command as string).split(' '), '--yes'], { TELLTALE_DATA_DIR: dir });
    expect(done.output).toContain(`spans/${part} is set aside`);
    const again = await start({ dataDir: dir });
    expect((await runsOf(again)).status).toBe(200);
    expect((await statusOf(again)).storedData?.damage).toMatchObject([
      { table: 'spans', kind: 'detached', rows, part },
    ]);
    await again.close();
  },
);

describe.concurrent('definitions of tables that are gone', () => {
  const sqlOf = async (dir: string, name = '/spans.sql') => (await filesOf(join(dir, 'engine'), name)).sort();
  const GONE: [string, string, (dir: string) => Promise<unknown>][] = [
    ['one deleted', 'its table spans is gone', async (dir) => rm((await sqlOf(dir))[0] as string)],
    ['one cut', 'spans.sql is empty or cut', async (dir) => truncate((await sqlOf(dir))[0] as string, 100)],
    [
      'the list of migrations deleted',
      'its table schema_migrations is gone',
      async (dir) => rm((await sqlOf(dir, '/schema_migrations.sql'))[0] as string),
    ],
    [
      'a view deleted',
      'its table runs_from_spans is gone',
      async (dir) => rm((await sqlOf(dir, '/runs_from_spans.sql'))[0] as string),
    ],
    [
      'all emptied',
      '.sql is empty or cut',
      async (dir) => Promise.all((await sqlOf(dir, '.sql')).map((path) => truncate(path, 0))),
    ],
  ];
  it.each(some(GONE, 1))('%s: it does not start, and says what to do', async (name, says, harm) => {
    const dir = await copyOfBase(name.replaceAll(' ', '-'));
    await harm(dir);
    for (const command of ['up', 'doctor']) {
      const { code, output } = await runTelltale([command], { TELLTALE_DATA_DIR: dir });
      expect(output).toContain('Stored data is damaged: ');
      expect(output).toContain(says);
      expect(output).toContain('Restore a backup');
      expect(output).not.toContain('Telltale is ready');
      expect(output).not.toContain('    at ');
      expect(code).toBe(1);
    }
    expect((await readFile(join(dir, 'stored-parts.jsonl'), 'utf8')).includes('"table":"spans"')).toBe(true);
  });
});

// Several starts of the program each: only in the full tier.
if (IS_FULL_TIER)
  describe.concurrent('no false alarm', () => {
    it('after a kill in the middle of inserts and merges, again and again', async () => {
      const dir = await copyOfBase('killed');
      for (let round = 0; round < 5; round++) {
        const app = await start({ dataDir: dir });
        expect((await statusOf(app)).storedData).toMatchObject({ warning: null, damagedParts: 0 });
        const headers = { 'content-type': 'application/json' };
        for (let i = 0; i < 12; i++) {
          // Some of it again: merges remove copies.
          const body = JSON.stringify(request(20, 5000 + 10 * i));
          await fetch(`${app.otlpUrl}/v1/traces`, { method: 'POST', headers, body });
        }
        process.kill(app.pid, 'SIGKILL');
        await app.close();
      }
      const app = await start({ dataDir: dir });
      expect((await statusOf(app)).storedData).toMatchObject({ warning: null, damagedParts: 0 });
      await app.close();
    });

    it('without a ledger, or with one that cannot be read: it says so and begins a new one', async () => {
      const dir = await copyOfBase('no-ledger');
      await writeFile(join(dir, 'stored-parts.jsonl'), '{"ledger":1');
      const app = await start({ dataDir: dir });
      expect(app.output()).toContain('the ledger of parts could not be read');
      expect((await statusOf(app)).storedData?.warning).toBeNull();
      await app.close();
      expect(await readFile(join(dir, 'stored-parts.jsonl'), 'utf8')).toContain('"end"');
    });
  });
