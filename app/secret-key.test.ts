// Where the key of secrets comes from, and the error when it is not a key.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '#config';
import { knownSecretBox, openSecretBox } from './secret-key.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-key-'));
});
afterEach(() => rm(folder, { recursive: true }));
const config = (env: Record<string, string> = {}) => readConfig({ TELLTALE_DATA_DIR: folder, ...env });

it('is made once, for its owner alone, and is the same at each start', async () => {
  const [first, second] = await Promise.all([openSecretBox(config(), true), openSecretBox(config(), true)]);
  const third = await openSecretBox(config(), true);
  const sealed = first?.seal('x', 'here');
  for (const box of [second, third]) expect(sealed && box?.open(sealed, 'here')).toBe('x');
  expect((await stat(join(folder, 'secret.key'))).mode & 0o777).toBe(0o600);
});

it('is not made by who only looks', async () => {
  expect(await knownSecretBox(config())).toBeUndefined();
  const sealed = (await openSecretBox(config(), true))?.seal('x', 'here');
  expect(sealed && (await knownSecretBox(config()))?.open(sealed, 'here')).toBe('x');
});

it('is the one that is given, by value or file, also for roles that share a server', async () => {
  const key = randomBytes(32).toString('base64');
  const path = join(folder, 'given');
  await writeFile(path, `${key}\n`);
  const byValue = await openSecretBox(config({ TELLTALE_SECRET_KEY: key }), false);
  const byFile = await openSecretBox(config({ TELLTALE_SECRET_KEY_FILE: path }), false);
  const sealed = byValue?.seal('x', 'here');
  expect(sealed && byFile?.open(sealed, 'here')).toBe('x');
  await expect(stat(join(folder, 'secret.key'))).rejects.toThrow('ENOENT');
  expect(await openSecretBox(config(), false)).toBeUndefined();
});

it('is refused with what to do when it is no key, and never repeated', async () => {
  expect(() => config({ TELLTALE_SECRET_KEY: 'short-but-secret' })).toThrow(/32 random bytes/);
  expect(() => config({ TELLTALE_SECRET_KEY: 'short-but-secret' })).not.toThrow(/short-but-secret/);
  await writeFile(join(folder, 'secret.key'), 'cut');
  await expect(openSecretBox(config(), true)).rejects.toThrow(
    /secret\.key does not hold a key .* enter the secrets again/,
  );
  expect(await readFile(join(folder, 'secret.key'), 'utf8')).toBe('cut');
});
