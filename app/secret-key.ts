// The key that seals the secrets of channels: given, or kept beside the data.
import { randomBytes } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Config, ConfigError } from '#config';
import type { SecretBox } from '#storage/database';
import { createSecretBox, SECRET_KEY_BYTES } from '#storage/secret-box';

const KEY_FILE = 'secret.key';

/**
 * @param canKeepKey whether this process alone stores and reads secrets, so that a key of its own is enough. Roles that
 * share a server need one that is given
 * @returns undefined when there is no key: secrets are stored as they are
 * @throws ConfigError when the file of the key is not one
 */
export async function openSecretBox(config: Config, canKeepKey: boolean): Promise<SecretBox | undefined> {
  if (config.TELLTALE_SECRET_KEY !== undefined) return boxOf(config.TELLTALE_SECRET_KEY, 'TELLTALE_SECRET_KEY');
  if (!canKeepKey) return undefined;
  const path = keyFileOf(config);
  const made = `${randomBytes(SECRET_KEY_BYTES).toString('base64')}\n`;
  // Made only where there is none: a second start must not replace what secrets were sealed with.
  await writeFile(path, made, { flag: 'wx', mode: 0o600, flush: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return boxOf(await readFile(path, 'utf8'), path);
}

const keyFileOf = (config: Config) => join(resolve(config.TELLTALE_DATA_DIR), KEY_FILE);

/** As `openSecretBox`, for who only looks: makes no key. */
export async function knownSecretBox(config: Config): Promise<SecretBox | undefined> {
  const hasFile = await access(keyFileOf(config)).then(
    () => true,
    () => false,
  );
  return openSecretBox(config, hasFile);
}

function boxOf(text: string, from: string): SecretBox {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === SECRET_KEY_BYTES) return createSecretBox(key);
  throw new ConfigError([
    `${from} holds no key of ${SECRET_KEY_BYTES} bytes in base64. Put the key back that the secrets of channels were sealed with, or remove the file and enter them again.`,
  ]);
}
