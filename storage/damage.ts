// Which failures of the engine mean that stored data is damaged: bytes flipped, files cut or gone.
import { StorageError } from './database.ts';

// ATTEMPT_TO_READ_AFTER_EOF, CANNOT_READ_ALL_DATA, TOO_LARGE_SIZE_COMPRESSED, CHECKSUM_DOESNT_MATCH,
// CANNOT_READ_FROM_FILE_DESCRIPTOR, CANNOT_SEEK_THROUGH_FILE, UNKNOWN_COMPRESSION_METHOD,
// SIZES_OF_MARKS_FILES_ARE_INCONSISTENT, FILE_DOESNT_EXIST, NO_FILE_IN_DATA_PART, UNEXPECTED_FILE_IN_DATA_PART,
// BAD_SIZE_OF_FILE_IN_DATA_PART, NOT_FOUND_EXPECTED_DATA_PART, TOO_MANY_UNEXPECTED_DATA_PARTS, NO_SUCH_DATA_PART,
// BAD_DATA_PART_NAME, CORRUPTED_DATA, CANNOT_DECOMPRESS, SEEK_POSITION_OUT_OF_BOUND, POTENTIALLY_BROKEN_DATA_PART
const DAMAGE_CODES = new Set<number | null>([
  32, 33, 39, 40, 74, 87, 89, 91, 107, 226, 227, 228, 230, 231, 232, 233, 246, 271, 361, 740,
]);

/** Whether a read failed because of the files it read. (Of an insert some of these codes speak of the rows sent.) */
export function isDamage(error: unknown): error is StorageError {
  if (!(error instanceof StorageError) || error.retryable) return false;
  // Whatever decoding makes of flipped bytes: sizes that are too large, data that is incorrect …
  return DAMAGE_CODES.has(error.engineCode) || /while reading (?:from part|column)/.test(error.message);
}

/** The part whose files could not be read, when the engine names it. */
export function damagedPartOf({ message }: StorageError): string | null {
  return /\/([0-9A-Za-z-]+_\d+_\d+_\d+(?:_\d+)?)\//.exec(message)?.[1] ?? null;
}
