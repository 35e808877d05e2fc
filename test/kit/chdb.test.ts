import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '#storage/open';
import { describeStorage } from './storage-kit.ts';

describeStorage('chDB', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'telltale-kit-'));
  return { open: () => openDatabase({ dataDir }), remove: () => rm(dataDir, { recursive: true, force: true }) };
});
