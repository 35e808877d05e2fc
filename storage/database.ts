// What the rest of storage may ask of an engine, whichever it is.

/** A parameter of a query. bigint for 64-bit numbers; a hex string for `{x:Id16}` and `{x:Id8}` (see bind.ts). */
export type Param = string | number | bigint | boolean | null | readonly string[] | readonly number[];
export type Params = Readonly<Record<string, Param>>;

export interface QueryLimits {
  /** The engine gives up after this many seconds. Default 15. */
  readonly maxSeconds?: number;
  /** Threads of the engine for this query. 1 is fastest where few rows are read: the others only wait for their start. */
  readonly maxThreads?: number;
}

/** One open engine. Everything is safe to call concurrently; reads never wait for writes. */
export interface Database {
  readonly engine: 'chdb' | 'clickhouse';
  readonly version: string;
  /** Seals the secrets of settings; without it they are stored as they are. */
  readonly secretBox?: SecretBox;
  /**
   * Runs one SELECT. Parameters are written `{name:Type}` in the SQL and never concatenated.
   * 64-bit integers come back as decimal strings.
   * @throws StorageError
   */
  query<Row>(sql: string, params?: Params, limits?: QueryLimits): Promise<Row[]>;
  /** Like query, each row as an array of its columns: for large results. */
  queryTuples<Row extends readonly unknown[]>(sql: string, params?: Params, limits?: QueryLimits): Promise<Row[]>;
  /** Runs one statement that returns nothing (DDL). Never with text from a user. */
  command(sql: string): Promise<void>;
  /** Inserts rows in one block, so all or none. Resolves when committed. */
  insertRows(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /**
   * Inserts a file of blocks in ClickHouse's Native format, all or nothing, views included. Resolves when it is
   * committed and synced. Columns that the table does not have are skipped.
   * @param token names exactly these bytes: the engine takes a token once in its life (engine-life.ts) and
   * says nothing the second time. After a restart of the engine the rows may lie there twice; every read counts them once
   */
  insertFile(table: string, path: string, token: string): Promise<void>;
  /** Waits for what runs, then closes every connection. Required before the process ends. */
  close(): Promise<void>;
}

// CANNOT_PARSE_TEXT, CANNOT_PARSE_INPUT_ASSERTION_FAILED, CANNOT_READ_ALL_DATA, UNKNOWN_TYPE, TYPE_MISMATCH,
// ARGUMENT_OUT_OF_BOUND, INCORRECT_DATA, TOO_LARGE_STRING_SIZE, SIZES_OF_ARRAYS_DONT_MATCH, CANNOT_INSERT_NULL_…,
// VIOLATED_CONSTRAINT:
// the rows themselves. Any other permanent failure (a missing table, no access) is ours to fix, not the sender's.
const DATA_CODES = new Set<number | null>([6, 27, 33, 50, 53, 69, 117, 131, 190, 349, 469]);

/** Storage could not do what was asked. `retryable` says whether the same call may succeed later. */
export class StorageError extends Error {
  readonly retryable: boolean;
  /** ClickHouse error code, or null when there was no answer from the engine. */
  readonly engineCode: number | null;
  constructor(message: string, options: { retryable: boolean; engineCode?: number | null; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'StorageError';
    this.retryable = options.retryable;
    this.engineCode = options.engineCode ?? null;
  }
  /** The engine refused the rows themselves: sending them again changes nothing. */
  get refusesData(): boolean {
    return !this.retryable && DATA_CODES.has(this.engineCode);
  }
}

// TIMEOUT_EXCEEDED, TOO_MANY_SIMULTANEOUS_QUERIES, SOCKET_TIMEOUT, NETWORK_ERROR, TABLE_IS_READ_ONLY,
// MEMORY_LIMIT_EXCEEDED, NOT_ENOUGH_SPACE, TOO_MANY_PARTS, KEEPER_EXCEPTION: states of the engine, not of the data.
const RETRYABLE_CODES = new Set([159, 202, 209, 210, 242, 241, 243, 252, 999]);

/**
 * EAGAIN, ENOMEM, ENFILE, EMFILE, as the engine names them in errors of many codes, also in those of a read that failed.
 * A part it was reading is whole.
 */
const OUT_OF_RESOURCES = /\berrno: (?:11|12|23|24)\b|Too many open files|Cannot allocate memory/;

/** Wraps whatever an engine threw. No code means that no answer came, which may pass by itself. */
export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const fields = error as { code?: unknown; clickhouseCode?: unknown };
  const raw = fields.clickhouseCode ?? fields.code ?? /\bCode: (\d+)/.exec(message)?.[1];
  const engineCode = /^\d+$/.test(String(raw)) ? Number(raw) : null;
  // The text of an error about rows may quote what a sender wrote.
  const isShort = OUT_OF_RESOURCES.test(message) && !DATA_CODES.has(engineCode);
  return new StorageError(message, {
    retryable: engineCode === null || RETRYABLE_CODES.has(engineCode) || isShort,
    engineCode,
    cause: error,
  });
}

export interface SecretBox {
  /** @param place names where it is stored; it opens only there */
  seal(text: string, place: string): Sealed;
  /** @throws StorageError when it was sealed with another key or for another place, or was changed */
  open(sealed: Sealed, place: string): string;
}

/** As it is stored, in place of the text. */
export interface Sealed {
  /** Base64 of nonce, ciphertext and tag. */
  readonly sealed_v1: string;
}
