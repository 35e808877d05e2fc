// Seals the secrets of settings before they are stored: AES-256-GCM, each bound to the place it is stored at.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type Sealed, type SecretBox, StorageError } from './database.ts';

export const SECRET_KEY_BYTES = 32;
/** NIST SP 800-38D, 8.2.2: random nonces of 96 bits are good for 2^32 messages under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Sealed>).sealed_v1 === 'string';

/** @param key 32 random bytes */
export function createSecretBox(key: Buffer): SecretBox {
  if (key.length !== SECRET_KEY_BYTES)
    throw new Error(`a key of secrets has ${SECRET_KEY_BYTES} bytes, not ${key.length}`);
  return {
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place));
      const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return { sealed_v1: Buffer.concat(parts).toString('base64') };
    },
    open({ sealed_v1 }, place) {
      const bytes = Buffer.from(sealed_v1, 'base64');
      const [nonce, tag] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(-TAG_BYTES)];
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(place)).setAuthTag(tag);
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new StorageError(
          'A stored secret does not open with this key. Set TELLTALE_SECRET_KEY_FILE to the key it was sealed with, or enter the secret again.',
          { retryable: false, cause },
        );
      }
    },
  };
}
