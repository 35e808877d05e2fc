// A collector that cannot have its ports takes nothing and leaves nothing open.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase } from '../test/support/span-rows.ts';
import { startCollector } from './collector.ts';

let opened: Awaited<ReturnType<typeof openTestDatabase>>;
let dataDir: string;
beforeAll(async () => {
  opened = await openTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'telltale-taken-'));
});
afterAll(async () => {
  await opened.close();
  await rm(dataDir, { recursive: true });
});

const start = (ports: { httpPort: number; grpcPort: number }) =>
  startCollector({
    db: opened.db,
    projectId: 'default',
    host: '127.0.0.1',
    dataDir,
    spool: { minFreeBytes: 0 },
    log: { warn: () => {}, error: () => {} },
    ...ports,
  });

async function takePort(): Promise<{ port: number; free(): Promise<unknown> }> {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const free = () => {
    other.close();
    return once(other, 'close');
  };
  return { port: (other.address() as AddressInfo).port, free };
}

it.each(['httpPort', 'grpcPort'] as const)(
  'a taken %s is named, and the same ports and folder work later',
  async (taken) => {
    const first = await takePort();
    const second = await takePort();
    // Free again, so most likely still free in a moment: the port that the collector must not keep.
    await second.free();
    const ports =
      taken === 'httpPort'
        ? { httpPort: first.port, grpcPort: second.port }
        : { httpPort: second.port, grpcPort: first.port };
    await expect(start(ports)).rejects.toMatchObject({ code: 'EADDRINUSE', port: first.port });
    await first.free();
    const collector = await start(ports);
    expect(collector.url).toBe(`http://127.0.0.1:${ports.httpPort}`);
    const reply = await fetch(`${collector.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(reply.status).toBe(200);
    await collector.close();
  },
);
