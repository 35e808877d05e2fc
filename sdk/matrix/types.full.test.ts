// The types of the packed SDK, for every way in which TypeScript resolves a package.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { packSdk } from './project.ts';

it('has types for every way to resolve it: node10, node16 and nodenext from CommonJS and ESM, and bundlers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'));
  try {
    const attw = fileURLToPath(new URL('../../node_modules/@arethetypeswrong/cli/dist/index.js', import.meta.url));
    const output = execFileSync(process.execPath, [attw, '--format', 'json', await packSdk(folder)], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const { analysis, problems = {} } = JSON.parse(output) as {
      analysis: { problems: unknown[]; entrypoints: object };
      problems?: object;
    };
    expect([analysis.problems, problems]).toEqual([[], {}]);
    expect(Object.keys(analysis.entrypoints)).toEqual(['.', './attributes', './package.json']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
