// The real program, killed again and again while it checks and inserts what an earlier one left in the spool.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Status } from '#contracts/status';
import { until } from './faults/settle.ts';
import { startTelltale } from './support/app.ts';
import { copyTemplate, TEMPLATE_VARIABLE } from './support/store-template.ts';
import { IS_FULL_TIER } from './support/tier.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/spool/version-1/', import.meta.url));

/** Each start takes seconds. */
const POINTS = IS_FULL_TIER
  ? ['during_recovery', 'after_quarantine', 'after_check', 'after_insert', 'after_unlink']
  : ['after_quarantine', 'after_check'];

/** The fixture was received on a fixed day: it must not expire. */
const KEEP = { TELLTALE_RETENTION_DAYS: '3650' };

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'telltale-recovery-'));
  if (TEMPLATE_VARIABLE in process.env) await copyTemplate('program', dataDir);
});
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts the program and waits until it has killed itself at the point. */
async function dieAt(point: string): Promise<void> {
  const app = await startTelltale({ dataDir, env: { ...KEEP, TELLTALE_FAILPOINT: point } }).catch((error: Error) => {
    if (!error.message.includes('ended with SIGKILL')) throw error;
    return null;
  });
  if (app === null) return;
  await until(`it died at ${point}`, app.hasEnded);
  await app.close();
}

it('quarantines a damaged record once and stores the others once, however often it is killed on the way', {
  timeout: 300_000,
}, async () => {
  const spool = join(dataDir, 'spool');
  await mkdir(spool, { recursive: true });
  for (const name of await readdir(FIXTURES)) await copyFile(join(FIXTURES, name), join(spool, name));
  const [spans] = (await readdir(spool)).filter((name) => name.startsWith('spans-')) as [string];
  const bytes = await readFile(join(spool, spans));
  // The last record, of two spans.
  bytes[bytes.length - 2] = (bytes[bytes.length - 2] as number) ^ 1;
  await writeFile(join(spool, spans), bytes);

  for (const point of POINTS) await dieAt(point);

  const app = await startTelltale({ dataDir, env: KEEP });
  try {
    let status: Status | null = null;
    await until('the spool is empty', async () => {
      status = (await (await fetch(`${app.apiUrl}/api/status`)).json()) as Status;
      return status.spool?.bytes === 0;
    });
    const spansOf = async (trace: number) => {
      const response = await fetch(`${app.apiUrl}/api/traces/${String(trace).padStart(32, '0')}`);
      return response.ok
        ? ((await response.json()) as { spans: { name: string }[] }).spans.map(({ name }) => name)
        : [];
    };
    expect((await spansOf(1)).sort()).toEqual(['fixture span 1', 'fixture span 2', 'fixture span 3']);
    expect(await spansOf(2)).toEqual([]);
    const { logs, spool: left } = status as unknown as Status;
    expect(logs.acked).toBe(logs.inserted);
    expect(left?.quarantine.bytes).toBeGreaterThan(0);
    const notes = (await readdir(join(dataDir, 'quarantine'))).filter((name) => name.endsWith('.json'));
    expect(notes).toHaveLength(1);
    expect((await readdir(spool)).filter((name) => name.includes('.v'))).toEqual([]);
  } finally {
    await app.close();
  }
});
