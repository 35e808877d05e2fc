// Which life of the engine this is: from its start until it ends, or fails to put rows in place. A token may only be
// trusted within one, because the engine notes a token before the rows it stands for are in place: cut off in between,
// it would take the same insert for done when it comes again, and drop it (decision 0039).
import { randomBytes } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { quote } from './bind.ts';
import { type Database, type StorageError, toStorageError } from './database.ts';

export interface EngineLife {
  /** Hexadecimal. @throws when the engine does not answer */
  current(): Promise<string>;
  /** An insert failed: is this still the same life? */
  doubt(error: StorageError): void;
}

// UNKNOWN_TABLE, TIMEOUT_EXCEEDED, TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, TABLE_IS_READ_ONLY,
// TOO_MANY_PARTS, QUERY_WAS_CANCELLED, ACCESS_DENIED: the engine refused the insert; its disk did not fail. These may go
// on for long while the table itself takes the rows and a view does not: each try must not leave a copy of them.
const REFUSED_BY_ENGINE = new Set<number | null>([60, 159, 202, 241, 242, 252, 394, 497]);

/** Whether the engine may have noted a token and then failed to put the rows in place. */
const mayBeUnfinished = (error: StorageError): boolean =>
  error.engineCode !== null && !error.refusesData && !REFUSED_BY_ENGINE.has(error.engineCode);

const newLife = (): string => randomBytes(8).toString('hex');

/** The embedded engine lives as long as the process that opened it. */
export function embeddedLife(): EngineLife {
  let life = newLife();
  return {
    current: async () => life,
    doubt(error) {
      if (mayBeUnfinished(error)) life = newLife();
    },
  };
}

/**
 * A server's life is kept in a table that it forgets when it ends; after a failure it is asked again. On a cluster one
 * constant covers all lives: there a token and its rows are written to Keeper in one step.
 * @param client of the database that has, or gets, the table
 */
export function serverLife(client: ClickHouseClient, cluster: string | undefined): EngineLife {
  if (cluster !== undefined) return { current: async () => 'cluster', doubt: () => undefined };
  let known: Promise<string> | null = null;
  let isOver = false;
  const find = async (wasOver: boolean) => {
    await client.command({ query: 'CREATE TABLE IF NOT EXISTS engine_life (life String) ENGINE = Memory' });
    if (wasOver) await client.command({ query: 'TRUNCATE TABLE engine_life' });
    const found = await readLife(client);
    if (found !== '') return found;
    await client.command({ query: `INSERT INTO engine_life VALUES ('${newLife()}')` });
    // Another process may have begun it at the same time: the smallest is the one.
    return readLife(client);
  };
  return {
    current() {
      if (known !== null) return known;
      // Taken before anything is asked: an insert that fails meanwhile says it for the next time.
      const wasOver = isOver;
      isOver = false;
      known = find(wasOver).catch((error: unknown) => {
        known = null;
        isOver ||= wasOver;
        throw error;
      });
      return known;
    },
    doubt(error) {
      known = null;
      isOver ||= mayBeUnfinished(error);
    },
  };
}

async function readLife(client: ClickHouseClient): Promise<string> {
  const result = await client.query({ query: 'SELECT min(life) AS life FROM engine_life', format: 'JSONEachRow' });
  return (await result.json<{ life: string }>())[0]?.life ?? '';
}

/**
 * Makes an insert that is done once per token and life, in the views' tables too.
 * @param insert runs it with these settings; the frame column of a spool segment is no column of the table
 */
export function onceInLife(
  life: EngineLife,
  insert: (table: string, path: string, settings: string) => Promise<void>,
): Database['insertFile'] {
  return async (table, path, token) => {
    try {
      const once = quote(`${token}_${await life.current()}`);
      await insert(
        table,
        path,
        `insert_deduplication_token = ${once}, deduplicate_blocks_in_dependent_materialized_views = 1, input_format_skip_unknown_fields = 1, optimize_on_insert = 0`,
      );
    } catch (thrown) {
      const error = toStorageError(thrown);
      life.doubt(error);
      throw error;
    }
  };
}
