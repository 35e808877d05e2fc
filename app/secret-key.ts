// The key that encrypts the secrets of channels: from the settings, or stored beside the data.
import { randomBytes } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Config, ConfigError } from '#config';
import type { SecretBox } from '#storage/database';
import { createSecretBox, SECRET_KEY_BYTES } from '#storage/secret-box';

const KEY_FILE = 'secret.key';

/**
 * @param canKeepKey whether this process alone stores and reads secrets, so that its own key is enough. Roles that share
 * a server need one from the settings
 * @returns undefined when there is no key: secrets are stored unencrypted
 * @throws ConfigError when the file of the key is not one
 */
export async function openSecretBox(config: Config, canKeepKey: boolean): Promise<SecretBox | undefined> {
  if (config.TELLTALE_SECRET_KEY !== undefined) return boxOf(config.TELLTALE_SECRET_KEY, 'TELLTALE_SECRET_KEY');
  if (!canKeepKey) return undefined;
  const path = keyFileOf(config);
  const made = `${randomBytes(SECRET_KEY_BYTES).toString('base64')}\n`;
  // Created only when missing: a second start must not replace the key that secrets were encrypted with.
  await writeFile(path, made, { flag: 'wx', mode: 0o600, flush: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return boxOf(await readFile(path, 'utf8'), path);
}

const keyFileOf = (config: Config) => join(resolve(config.TELLTALE_DATA_DIR), KEY_FILE);

/** Like `openSecretBox` for readers: creates no key. */
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
    `${from} does not hold a key of ${SECRET_KEY_BYTES} bytes in base64. Restore the key that the secrets of channels were encrypted with, or remove the file and enter the secrets again.`,
  ]);
}
