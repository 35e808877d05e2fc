// Masks secrets in the bytes of a request before anything of it is stored. A mask is as long as what it covers, so no
// length in the message changes.
import { createHmac, randomBytes } from 'node:crypto';
import { DIGITS, findSecrets, isDirectoryPath, looksLikeToken } from '#domain/secrets';
import { Dictionary, hashBytes } from '#storage/native/dictionary';
import { SkipLog } from '../count/skip-log.ts';
import { cutLong, MAX_VALUE_BYTES } from './cut-long.ts';
import { type FieldKind, fieldKind } from './field-kind.ts';
import { findPersonal } from './find-personal.ts';

/** `personal` = secrets, and personal data besides (find-personal.ts). */
export type RedactMode = 'secrets' | 'personal' | 'off';

/** The cache is cleared beyond this many distinct keys: keys are untrusted input. */
const MAX_KEYS = 50_000;
/** Longer keys are asked anew each time. */
const MAX_KEY_BYTES = 200;
const STAR = 0x2a;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const MASKED = /^(?:\[redacted:[a-z]{1,12}:[0-9a-f]{4}\]\**|\*+(?:[0-9a-f]{4}\*+)?)$/;
/** Shorter secrets get stars only: the hash does not fit between two of them. */
const SHORTEST_HASHED = 6;
const HASH_DIGITS = 4;

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
  #fieldByNumber: FieldKind[] = [];
  readonly #mask = (bytes: Uint8Array, kind: string, start: number, end: number, quoting = -1) =>
    this.#overwrite(bytes, kind, start, end, quoting);

  /**
   * @param mode 'off' masks nothing; the bounds on size hold in any case
   * @param key of the short hash in a mask, which makes equal secrets recognizable as equal; one per process
   * @param skips takes notes of what is cut
   */
  constructor(mode: RedactMode = 'secrets', key: Buffer = randomBytes(32), skips = new SkipLog(Date.now)) {
    this.skips = skips;
    this.masks = mode !== 'off';
    this.#masksPersonal = mode === 'personal';
    this.#key = key;
  }

  /**
   * Masks the secrets in the text `[start, end)`.
   * @param field what the key of the text says about it
   */
  text(bytes: Buffer, start: number, end: number, field: FieldKind = 'text'): void {
    if (!this.masks || end === start) return;
    if (
      field === 'secret' ||
      (field === 'maybe' && looksLikeToken(bytes, start, end)) ||
      (field === 'directory' && !isDirectoryPath(bytes, start, end))
    )
      this.#whole(bytes, start, end);
    else this.#parts(bytes, start, end, field);
  }

  /** Masks what is secret in the text. */
  #parts(bytes: Buffer, start: number, end: number, field: FieldKind): void {
    findSecrets(bytes, start, end, this.#mask, field === 'id' || field === 'card' ? field : 'text');
    if (this.#masksPersonal) findPersonal(bytes, start, end, this.#mask);
  }

  /** Its name says that it is a secret. */
  #whole(bytes: Buffer, start: number, end: number): void {
    if (!isPlainWord(bytes, start, end)) this.#overwrite(bytes, 'key', start, end, -1);
  }

  /** Masks a text of any length and cuts it when it is long. @returns its new end */
  long(bytes: Buffer, start: number, end: number, field: FieldKind): number {
    if (end - start <= MAX_VALUE_BYTES) {
      this.text(bytes, start, end, field);
      return end;
    }
    const stop = cutLong(bytes, start, end, (from, to) => this.text(bytes, from, to, field));
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

  /** What the key in these bytes says of its value. @param hash `hashBytes` of the same bytes */
  fieldOf(bytes: Buffer, start: number, end: number, hash: number = hashBytes(bytes, start, end)): FieldKind {
    if (!this.masks || end === start) return 'text';
    // The end of a name says what it is.
    if (end - start > MAX_KEY_BYTES) return fieldKind(bytes.toString('latin1', Math.max(start, end - 1024), end));
    const known = this.#keys.size;
    const number = this.#keys.intern(bytes, start, end, hash);
    if (number < known) return this.#fieldByNumber[number] as FieldKind;
    const field = fieldKind(bytes.toString('latin1', start, end));
    if (known >= MAX_KEYS) {
      this.#keys.clear();
      this.#fieldByNumber = [];
    } else this.#fieldByNumber[number] = field;
    return field;
  }

  /** The bytes of a key with the secrets in it masked; `bytes` itself when there are none. */
  maskedKey(bytes: Buffer): Buffer {
    if (!this.masks) return bytes;
    const copy = Buffer.from(bytes);
    this.#parts(copy, 0, copy.length, 'text');
    return copy.equals(bytes) ? bytes : copy;
  }

  /** Counts one masked value; `key` = its name said that it is a secret. */
  countMasked(kind: string): void {
    const { masked } = this.stats;
    masked.set(kind, (masked.get(kind) ?? 0) + 1);
  }

  /**
   * Bytes that were masked before are left alone: large requests are read in slices, their resources each time.
   * @param quoting as in #domain/secrets: a bare number becomes a text of JSON, or other digits
   */
  #overwrite(bytes: Uint8Array, kind: string, start: number, end: number, quoting: number): void {
    const first = bytes[start];
    const space = end - start - (quoting < 0 ? 0 : 2 * (quoting + 1));
    if ((first === STAR || first === 0x5b) && MASKED.test(latin1(bytes, start, end))) return;
    const digest = createHmac('sha256', this.#key).update(bytes.subarray(start, end));
    const hash = digest.digest('hex').slice(0, HASH_DIGITS);
    this.countMasked(kind);
    if (quoting === DIGITS || space < 1) {
      bytes.fill(0x30, start, end);
      bytes[start] = 0x31;
      return;
    }
    const long = `[redacted:${kind}:${hash}]`;
    const from = quoting < 0 ? start : openQuoted(bytes, start, end, quoting);
    bytes.fill(STAR, from, from + space);
    if (long.length <= space) write(bytes, long, from);
    else if (space >= SHORTEST_HASHED) write(bytes, hash, from + ((space - HASH_DIGITS) >> 1));
  }
}

/** Writes the quotes of a text of JSON around `[start, end)`. @returns where the text begins */
function openQuoted(bytes: Uint8Array, start: number, end: number, slashes: number): number {
  bytes.fill(BACKSLASH, start, start + slashes);
  bytes[start + slashes] = QUOTE;
  bytes.fill(BACKSLASH, end - slashes - 1, end - 1);
  bytes[end - 1] = QUOTE;
  return start + slashes + 1;
}

function write(bytes: Uint8Array, text: string, at: number): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

const latin1 = (bytes: Uint8Array, start: number, end: number) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');

const PLAIN_WORDS = new Set(['true', 'false', 'null', 'none', 'yes', 'no', 'undefined']);

/** Whether the value is a yes or a no, which is no secret under any name. */
const isPlainWord = (bytes: Buffer, start: number, end: number) =>
  end - start <= 9 && PLAIN_WORDS.has(bytes.toString('latin1', start, end).toLowerCase());
