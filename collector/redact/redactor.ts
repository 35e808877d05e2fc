// Masks secrets in the bytes of a request before anything of it is stored. A mask is as long as what it covers, so no
// length in the message changes.
import { createHmac, randomBytes } from 'node:crypto';
import { Dictionary, hashBytes } from '#storage/native/dictionary';
import { SkipLog } from '../skip-log.ts';
import { cutLong, MAX_VALUE_BYTES } from './cut-long.ts';
import { findPersonal } from './find-personal.ts';
import { findSecrets } from './find-secrets.ts';
import { isSecretKey } from './secret-key.ts';

/** `personal` = secrets, and personal data besides (find-personal.ts). */
export type RedactMode = 'secrets' | 'personal' | 'off';

/** Keys beyond this many distinct ones are forgotten and learnt again: keys come from strangers. */
const MAX_KEYS = 50_000;
/** Longer keys are asked anew each time. */
const MAX_KEY_BYTES = 200;
const STAR = 0x2a;
const MASKED = /^(?:\[redacted:[a-z]{1,12}:[0-9a-f]{4}\])?\**$/;

export class Redactor {
  readonly stats = {
    /** Values masked since start, by kind of secret. */
    masked: new Map<string, number>(),
    truncatedValues: 0,
    /** Names cut to MAX_NAME_BYTES (#storage/native/cut-name). */
    cutNames: 0,
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
  /** What was cut, by key and sender. */
  readonly skips: SkipLog;
  /** The service whose records are read at the moment. */
  sender = '';
  readonly masks: boolean;
  readonly #masksPersonal: boolean;
  readonly #key: Buffer;
  readonly #keys = new Dictionary();
  #secretByNumber: boolean[] = [];
  readonly #isSecretKey = (bytes: Buffer, start: number, end: number) => this.isSecretKey(bytes, start, end);
  readonly #mask = (bytes: Buffer, kind: string, start: number, end: number) =>
    this.#overwrite(bytes, kind, start, end);

  /**
   * @param mode 'off' masks nothing; the bounds on size hold in any case
   * @param key of the short hash in a mask, by which equal secrets can be told to be equal; one per process
   * @param skips takes notes of what is cut
   */
  constructor(mode: RedactMode = 'secrets', key: Buffer = randomBytes(32), skips = new SkipLog(Date.now)) {
    this.skips = skips;
    this.masks = mode !== 'off';
    this.#masksPersonal = mode === 'personal';
    this.#key = key;
  }

  /** Masks the secrets in the text `[start, end)`, by their shape. */
  text(bytes: Buffer, start: number, end: number): void {
    if (!this.masks || end === start) return;
    findSecrets(bytes, start, end, this.#isSecretKey, this.#mask);
    if (this.#masksPersonal) findPersonal(bytes, start, end, this.#mask);
  }

  /** Masks the whole of `[start, end)`: its name says that it is a secret. */
  whole(bytes: Buffer, start: number, end: number): void {
    if (this.masks && end > start) this.#overwrite(bytes, 'key', start, end);
  }

  /** Masks a text of any length and cuts it when it is long. @returns its new end */
  long(bytes: Buffer, start: number, end: number, isSecret: boolean): number {
    if (end - start <= MAX_VALUE_BYTES) {
      if (isSecret) this.whole(bytes, start, end);
      else this.text(bytes, start, end);
      return end;
    }
    const stop = cutLong(bytes, start, end, (from, to) => {
      if (isSecret) this.whole(bytes, from, to);
      else this.text(bytes, from, to);
    });
    this.stats.truncatedValues++;
    return stop;
  }

  /** Notes that a value is stored shorter than it came. @param subject its key @param bytes as it came */
  noteCut(reason: 'value_too_long' | 'tree_too_large', subject: string, bytes: number, keptBytes: number): void {
    this.skips.note({ kind: 'cut', reason, sender: this.sender, subject, count: 1, bytes, keptBytes });
  }

  /** Notes parts of a span beyond its bounds. */
  noteLeftOut(what: 'attributes' | 'events' | 'links', count: number): void {
    if (count > 0) this.skips.note({ kind: 'left_out', reason: what, sender: this.sender, count });
  }

  /** Whether the key in these bytes says that its value is a secret. @param hash `hashBytes` of the same bytes */
  isSecretKey(bytes: Buffer, start: number, end: number, hash: number = hashBytes(bytes, start, end)): boolean {
    if (!this.masks || end === start) return false;
    if (end - start > MAX_KEY_BYTES) return isSecretKey(bytes.toString('latin1', start, Math.min(end, start + 1024)));
    const known = this.#keys.size;
    const number = this.#keys.intern(bytes, start, end, hash);
    if (number < known) return this.#secretByNumber[number] as boolean;
    const isSecret = isSecretKey(bytes.toString('latin1', start, end));
    if (known >= MAX_KEYS) {
      this.#keys.clear();
      this.#secretByNumber = [];
    } else this.#secretByNumber[number] = isSecret;
    return isSecret;
  }

  /** Counts one masked value; `key` = its name said that it is a secret. */
  countMasked(kind: string): void {
    const { masked } = this.stats;
    masked.set(kind, (masked.get(kind) ?? 0) + 1);
  }

  /** Bytes that were masked before are left alone: large requests are read in slices, their resources each time. */
  #overwrite(bytes: Buffer, kind: string, start: number, end: number): void {
    const first = bytes[start];
    if ((first === STAR || first === 0x5b) && MASKED.test(bytes.toString('latin1', start, end))) return;
    const hash = createHmac('sha256', this.#key).update(bytes.subarray(start, end)).digest('hex').slice(0, 4);
    const mask = `[redacted:${kind}:${hash}]`;
    bytes.fill(STAR, start, end);
    if (mask.length <= end - start) bytes.write(mask, start, 'latin1');
    this.countMasked(kind);
  }
}
