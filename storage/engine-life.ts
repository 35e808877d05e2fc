// Which life of the engine this is: from its start until it ends, however it ends. A token may only be trusted within
// one, because the engine notes a token before the rows it stands for are in place: killed in between, it would take the
// same insert for done when it comes again, and drop it (decision 0039).
import { randomBytes } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { quote } from './bind.ts';
import { type Database, toStorageError } from './database.ts';

export interface EngineLife {
  /** Hexadecimal. @throws when the engine does not answer */
  current(): Promise<string>;
  /** An insert failed: the engine may have ended meanwhile, so it is asked again. */
  doubt(): void;
}

const newLife = (): string => randomBytes(8).toString('hex');

/** The embedded engine lives as long as the process that opened it. */
export function embeddedLife(): EngineLife {
  const life = newLife();
  return { current: async () => life, doubt: () => undefined };
}

/**
 * A server's life is kept in a table that it forgets when it ends. On a cluster one word stands for all lives: there a
 * token and its rows are written to Keeper in one step.
 * @param client of the database that has, or gets, the table
 */
export function serverLife(client: ClickHouseClient, cluster: string | undefined): EngineLife {
  if (cluster !== undefined) return { current: async () => 'cluster', doubt: () => undefined };
  let known: Promise<string> | null = null;
  const life: EngineLife = {
    current() {
      known ??= readOrBegin(client).catch((error: unknown) => {
        life.doubt();
        throw error;
      });
      return known;
    },
    doubt() {
      known = null;
    },
  };
  return life;
}

async function readOrBegin(client: ClickHouseClient): Promise<string> {
  await client.command({ query: 'CREATE TABLE IF NOT EXISTS engine_life (life String) ENGINE = Memory' });
  const found = await readLife(client);
  if (found !== '') return found;
  await client.command({ query: `INSERT INTO engine_life VALUES ('${newLife()}')` });
  // Another process may have begun it at the same time: the smallest is the one.
  return readLife(client);
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
    } catch (error) {
      life.doubt();
      throw toStorageError(error);
    }
  };
}
