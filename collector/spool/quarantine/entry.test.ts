import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createQuarantine } from './quarantine.ts';

it('lists the newest of many without reading the notes of the others', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'telltale-quarantine-'));
  let nowMs = Date.parse('2026-11-20T12:00:00Z');
  const quarantine = await createQuarantine({ dir, now: () => nowMs });
  for (let n = 0; n < 5; n++) {
    await quarantine.putBytes({ source: `s${n}`, reason: 'damaged', rows: 1 }, Buffer.from('x'));
    nowMs += 1000;
  }
  expect((await quarantine.list()).map(({ reason }) => reason)).toEqual([4, 3, 2, 1, 0].map((n) => `damaged: s${n}`));
  // A note that cannot be read is none; with a bound it takes no place of another.
  const [newest] = await quarantine.list(1);
  await writeFile(join(dir, `${newest?.id}.json`), '{');
  expect((await quarantine.list(2)).map(({ reason }) => reason)).toEqual(['damaged: s3', 'damaged: s2']);
  await rm(dir, { recursive: true });
});
