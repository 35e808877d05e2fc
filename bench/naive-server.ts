// The plain way behind an HTTP server: one insert per request, as a first version would do it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Database } from '#storage/database';
import { createNaiveTable, naiveRows } from './naive.ts';

export async function serveNaive(db: Database): Promise<{ url: string; close(): void }> {
  await createNaiveTable(db);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    await db.insertRows('naive_staging', naiveRows(gunzipSync(Buffer.concat(chunks))));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Resolves when the engine has no merges under way. */
export async function mergesEnd(db: Database): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    const [row] = await db.query<{ n: string }>('SELECT count() AS n FROM system.merges');
    quiet = row?.n === '0' ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
