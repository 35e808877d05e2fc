// The corpus: what the SDK sent of every provoked error, one JSON per line, packed. And which classes are held out.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

const FILE = new URL('./errors.jsonl.gz', import.meta.url);
const HELD_OUT_SHARE = 0.2;

/** A failed span, without what no fingerprint looks at (ids, times, input, output). */
export interface ProvokedError {
  /** The label: which errors are one error. From the provoking script. */
  readonly class: string;
  /** The span's name. */
  readonly span: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The span's status message. */
  readonly status: string;
  readonly exceptionType: string;
  readonly exceptionMessage: string;
  /** '' = none. */
  readonly stack: string;
}

/** Chosen by a hash of the name, not by a person: these classes are not inspected while rules are tuned. */
export function isHeldOut(name: string): boolean {
  return createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32 < HELD_OUT_SHARE;
}

export function readCorpus(): ProvokedError[] {
  const lines = gunzipSync(readFileSync(FILE)).toString('utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as ProvokedError);
}

export function writeCorpus(errors: readonly ProvokedError[]): void {
  const text = errors.map((error) => `${JSON.stringify(error)}\n`).join('');
  writeFileSync(FILE, gzipSync(text, { level: 9 }));
}
