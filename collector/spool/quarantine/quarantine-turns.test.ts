// Puts and recounts of the quarantine that meet, and puts that fail half way. Real files.
import { mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createQuarantine, type Quarantine } from './quarantine.ts';

let dir: string;
let quarantine: Quarantine;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-turns-'));
  quarantine = await createQuarantine({ dir, now: () => 0 });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const put = (n: number) =>
  quarantine.putBytes({ source: `segment.${n}`, reason: 'damaged_record', rows: n }, Buffer.alloc(n));

it('counts what lies there, however puts and recounts meet', async () => {
  const many = 300;
  for (let n = 0; n < many; n++) {
    const id = `20260101T000000000-${n.toString(16).padStart(8, '0')}`;
    const entry = { id, at: '2026-01-01T00:00:00.000Z', table: null, rows: 1, bytes: 1, reason: 'x', samples: [] };
    await writeFile(join(dir, `${id}.json`), JSON.stringify(entry));
    await writeFile(join(dir, `${id}.native`), 'x');
  }
  for (let round = 0; round < 2; round++) {
    let isCounted = false;
    const counted = quarantine.recount().then(() => {
      isCounted = true;
    });
    // Puts until the recount is over: some of them end while it reads.
    for (let n = 1; !isCounted; n++) await put(1000 * round + n);
    await counted;
  }
  const { rows, bytes } = await createQuarantine({ dir, now: () => 0 });
  expect(rows).toBeGreaterThan(many);
  expect(quarantine).toMatchObject({ rows, bytes });
});

it('looks once for all who ask while it waits', async () => {
  await put(1);
  const recounts = Array.from({ length: 1500 }, () => quarantine.recount());
  expect(new Set(recounts).size).toBe(1);
  await Promise.all(recounts);
  await rm(join(dir, (await readdir(dir)).find((name) => name.endsWith('.native')) as string));
  await quarantine.recount();
  expect(quarantine).toMatchObject({ rows: 0, bytes: 0 });
});

it('leaves no body behind whose note cannot be written, goes on, and takes it later', async () => {
  await put(1);
  const note = (await readdir(dir)).find((name) => name.endsWith('.json')) as string;
  await rm(dir, { recursive: true });
  // In the place of the note.
  await mkdir(join(dir, note), { recursive: true });
  await expect(put(1)).rejects.toThrow(/EEXIST|EISDIR/);
  expect(await readdir(dir)).toEqual([note]);
  await put(2);
  await rmdir(join(dir, note));
  await put(1);
  await quarantine.recount();
  expect(quarantine).toMatchObject({ rows: 3, bytes: 3 });
});
