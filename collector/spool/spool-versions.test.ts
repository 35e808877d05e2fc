// Spool files of other versions: those of the last two are inserted into today's tables, others are kept until a version
// comes that reads them.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { LogBlock } from '#storage/log-block';
import type { NativeBlock } from '#storage/native/block';
import type { Column } from '#storage/native/columns';
import { frameNameStart } from '#storage/native/frame';
import { FRAME_VERSION, layoutsOfFile } from '#storage/native/frame-layout';
import { OpenStepBlock } from '#storage/open-step-block';
import { SpanBlock } from '#storage/span-block';
import { retryFromQuarantine, sayQuarantine } from '../../cli/quarantine.ts';
import { openTestDatabase } from '../../test/support/span-rows.ts';
import { type Collector, startCollector } from '../collector.ts';

const FIXTURES = fileURLToPath(new URL('../../test/fixtures/spool/', import.meta.url));

/**
 * The layout of each version, in short. When this test fails, the layout has changed: raise FRAME_VERSION
 * (storage/native/frame-layout.ts), say there how the version before is read, put a spool file of it (written by the
 * program as it was) into test/fixtures/spool, and add a line here. A line that is here never changes.
 */
const LAYOUTS: Readonly<Record<number, string>> = {
  3: 'f1c77871b2e2ecbc',
};

const columnsOf = (block: NativeBlock<object>): string[] =>
  Object.entries(block.columns as Record<string, Column>).map(([name, { type }]) => `${name} ${type}`);

describe('the version of a frame', () => {
  it('changes with the layout of the frame and with the columns of each table', () => {
    const layout = {
      frame: frameNameStart({ nonce: '0123456789abcdef', number: 1 }, { rows: 2, bodyBytes: 3 }),
      spans: columnsOf(new SpanBlock()),
      logs: columnsOf(new LogBlock()),
      open_steps: columnsOf(new OpenStepBlock()),
    };
    const digest = createHash('sha256').update(JSON.stringify(layout)).digest('hex').slice(0, 16);
    expect(LAYOUTS[FRAME_VERSION]).toBe(digest);
  });

  it('has a spool file as a fixture for each older version that is read', async () => {
    const older = [1, 2].flatMap((version) => (layoutsOfFile(1) ?? []).filter((layout) => layout.version === version));
    expect(older.map(({ version }) => version)).toEqual([FRAME_VERSION - 2, FRAME_VERSION - 1]);
    expect((await readdir(FIXTURES)).sort()).toEqual(older.map(({ version }) => `version-${version}`));
  });
});

describe('a start on the spool of another version', () => {
  let db: Database;
  let closeDb: () => Promise<void>;
  let dataDir: string;
  let collector: Collector | null = null;
  const errors: string[] = [];

  const start = async () => {
    collector = await startCollector({
      db,
      projectId: 'default',
      host: '127.0.0.1',
      httpPort: 0,
      dataDir,
      spool: { flushMs: 5, minFreeBytes: 0 },
      log: { warn: () => {}, error: (_fields, message) => errors.push(message) },
    });
    await collector.settled();
    return collector;
  };
  const stop = async () => {
    await collector?.close();
    collector = null;
  };

  beforeAll(async () => {
    ({ db, close: closeDb } = await openTestDatabase());
    dataDir = await mkdtemp(join(tmpdir(), 'telltale-versions-'));
    await mkdir(join(dataDir, 'spool'));
  });
  afterAll(async () => {
    await stop();
    await closeDb();
    await rm(dataDir, { recursive: true, force: true });
  });
  const empty = async () => {
    for (const table of ['spans', 'logs']) await db.command(`TRUNCATE TABLE ${table}`);
  };
  const spans = () =>
    db.query(
      `SELECT name, lower(hex(span_id)) AS id, model, status_message, attributes['n'] AS n, marks, stop_reason
      FROM spans ORDER BY span_id`,
    );
  const FIVE = [1, 2, 3, 4, 5].map((n) => ({
    name: `fixture span ${n}`,
    id: String(n).padStart(16, '0'),
    model: 'gpt-4o',
    status_message: n === 3 ? 'it failed' : '',
    n: String(n),
    marks: [],
    stop_reason: '',
  }));
  const fixturesOf = async (version: number) =>
    (await readdir(join(FIXTURES, `version-${version}`))).map((name) => join(FIXTURES, `version-${version}`, name));

  it.each([1, 2])(
    'inserts what version %i acknowledged, with defaults for columns it did not have',
    async (version) => {
      await empty();
      errors.length = 0;
      for (const path of await fixturesOf(version))
        await copyFile(path, join(dataDir, 'spool', path.split('/').at(-1) as string));
      const { counters, quarantine, spool } = await start();
      expect(errors).toEqual([]);
      expect(await spans()).toEqual(FIVE);
      expect(await db.query('SELECT body FROM logs ORDER BY body')).toEqual([
        { body: 'fixture log 1' },
        { body: 'fixture log 2' },
      ]);
      expect(counters.spans).toMatchObject({ received: 5, acked: 5, recovered: 5, inserted: 5, quarantined: 0 });
      expect(quarantine.rows + quarantine.bytes + spool.bytes).toBe(0);
      await stop();
    },
  );

  it('keeps a file of a newer version, says which version reads it, and does not retry it', async () => {
    const [path] = (await fixturesOf(2)).filter((each) => each.includes('spans-'));
    const name = (path as string).split('/').at(-1)?.replace(/v1$/, 'v9') as string;
    await copyFile(path as string, join(dataDir, 'spool', name));
    const { quarantine } = await start();
    const [item] = await quarantine.list();
    expect(item).toMatchObject({ signal: 'spans', canRetry: false, isLost: false });
    expect(item?.reason).toMatch(
      /^unknown_version: written by a newer Telltale in spool version 9 .*: start that version/,
    );
    const lines: string[] = [];
    const command = { dataDir, say: (line: string) => lines.push(line) };
    await sayQuarantine(command);
    expect(lines[0]).toMatch(
      /6528 bytes of the spool: unknown_version: written by a newer Telltale in spool version 9/,
    );
    await expect(retryFromQuarantine(command, [item?.id as string])).rejects.toThrow(/written by a newer Telltale/);
    expect(await quarantine.list()).toHaveLength(1);
    await stop();
    await rm(join(dataDir, 'quarantine'), { recursive: true });
  });

  it('retries what an earlier reader called damaged and this one reads', async () => {
    await empty();
    // As the start of a version between the two left it: the note of those days has no source.
    const [path] = (await fixturesOf(1)).filter((each) => each.includes('spans-'));
    const bytes = await readFile(path as string);
    const id = '20261130T120000000-0123abcd';
    const note = {
      id,
      at: '2026-11-30T12:00:00.000Z',
      table: null,
      rows: 0,
      bytes: bytes.length,
      reason: `damaged_record: ${(path as string).split('/').at(-1)}.0`,
      samples: [],
    };
    await mkdir(join(dataDir, 'quarantine'), { recursive: true });
    await writeFile(join(dataDir, 'quarantine', `${id}.native`), bytes);
    await writeFile(join(dataDir, 'quarantine', `${id}.json`), JSON.stringify(note));
    const { quarantine } = await start();
    expect(await quarantine.list()).toMatchObject([{ id, canRetry: true }]);
    await retryFromQuarantine({ dataDir, say: () => {} }, []);
    await expect.poll(spans, { timeout: 60_000 }).toEqual(FIVE);
    await expect.poll(() => quarantine.bytes, { timeout: 60_000 }).toBe(0);
    await stop();
  });
});
