// Which failures of the engine are called damage: those of files, not those of a machine that has run short.
import { expect, it } from 'vitest';
import { damagedPartOf, isDamage } from './damage.ts';
import { toStorageError } from './database.ts';

const READING = '(while reading from part /data/engine/store/1ab/1ab-2/20261130_1_4_1/ located on disk default)';

it.each([
  `Code: 76. DB::ErrnoException: Cannot open file /data/x.bin: , errno: 24, strerror: Too many open files: ${READING}. (CANNOT_OPEN_FILE)`,
  `Code: 76. DB::ErrnoException: Cannot open file /data/x.bin: , errno: 23, strerror: Too many open files in system: ${READING}`,
  `Code: 74. DB::ErrnoException: Cannot read from file: , errno: 12, strerror: Cannot allocate memory: ${READING}`,
  `Code: 74. DB::ErrnoException: Cannot read from file: , errno: 11, strerror: Resource temporarily unavailable: ${READING}`,
  `Code: 1001. DB::Exception: filesystem error: in posix_stat: Too many open files ["/data/x"]: ${READING}`,
  `Code: 173. DB::ErrnoException: Cannot allocate memory: ${READING}`,
])('is worth another try, and no damage: %s', (message) => {
  const error = toStorageError(new Error(message));
  expect(isDamage(error)).toBe(false);
  expect(error.retryable).toBe(true);
});

it.each([
  `Code: 40. DB::Exception: Checksum doesn't match: corrupted data: ${READING}`,
  `Code: 76. DB::ErrnoException: Cannot open file /data/x.bin: , errno: 2, strerror: No such file or directory: ${READING}`,
  `Code: 74. DB::ErrnoException: Cannot read from file: , errno: 5, strerror: Input/output error: ${READING}`,
  `Code: 33. DB::Exception: Cannot read all data. Bytes read: 124. Bytes expected: 1112: ${READING}`,
  `Code: 117. DB::Exception: Unexpected size: (while reading column name): ${READING}`,
])('is damage: %s', (message) => {
  const error = toStorageError(new Error(message));
  expect(isDamage(error)).toBe(true);
  expect(damagedPartOf(error)).toBe('20261130_1_4_1');
});

it('does not try rows again and again because of what a sender wrote in them', () => {
  const error = toStorageError(new Error("Code: 27. DB::Exception: Cannot parse input: 'Too many open files'"));
  expect(error).toMatchObject({ retryable: false, refusesData: true });
});
