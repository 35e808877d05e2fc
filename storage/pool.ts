// A few connections shared by many callers, each connection one statement at a time.
import type { ClickHouseClient } from '@clickhouse/client';

export interface Pool {
  /** Waits for a free connection, in order of asking. */
  use<T>(work: (client: ClickHouseClient) => Promise<T>): Promise<T>;
  /** Refuses new work, waits for what runs, closes every connection. */
  close(): Promise<void>;
}

/**
 * @param perClient statements at a time on one client: 1 for an embedded connection, more over HTTP
 * @param closeWithinMs how long `close` waits for what runs. Not given for an embedded engine, which must not be closed
 * in the middle of a statement; a server may hang, and its answers are not needed any more
 */
export function createPool(clients: readonly ClickHouseClient[], perClient = 1, closeWithinMs?: number): Pool {
  const free = clients.flatMap((client) => Array.from({ length: perClient }, () => client));
  const slots = free.length;
  const waiting: ((client: ClickHouseClient) => void)[] = [];
  let closed: Promise<void> | undefined;

  const take = () =>
    new Promise<ClickHouseClient>((resolve) => {
      const client = free.pop();
      if (client === undefined) waiting.push(resolve);
      else resolve(client);
    });
  const give = (client: ClickHouseClient) => {
    const next = waiting.shift();
    if (next === undefined) free.push(client);
    else next(client);
  };
  const drain = async () => {
    for (let i = 0; i < slots; i++) await take();
  };
  const drainAndClose = async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      if (closeWithinMs !== undefined) timer = setTimeout(resolve, closeWithinMs);
    });
    await Promise.race([drain(), late]);
    clearTimeout(timer);
    await Promise.all(clients.map((client) => client.close()));
  };

  return {
    async use(work) {
      if (closed !== undefined) throw new Error('storage is closed');
      const client = await take();
      try {
        return await work(client);
      } finally {
        give(client);
      }
    },
    close() {
      closed ??= drainAndClose();
      return closed;
    },
  };
}
