// A start that fails because a port is taken: nothing stays open, no line was printed, no job began.
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '#config';
import { openDatabase } from '#storage/open';
import { copyTemplate } from '../test/support/store-template.ts';
import { ROLES } from './roles.ts';
import { startRoles } from './run-roles.ts';

const PORTS = ['TELLTALE_PORT', 'TELLTALE_OTLP_HTTP_PORT', 'TELLTALE_OTLP_GRPC_PORT'] as const;
let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'telltale-roles-'));
  await copyTemplate('program', dataDir);
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const listening = async (port = 0) => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => new Promise((done) => server.close(done)) };
};
/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening()));
  await Promise.all(servers.map(({ close }) => close()));
  return servers.map(({ port }) => port);
}

it.each(PORTS)('with %s taken, every other port and the storage are free again', async (name) => {
  const others = PORTS.filter((one) => one !== name);
  const free = await freePorts(others.length);
  const other = await listening();
  const ports = Object.fromEntries([[name, other.port], ...others.map((one, i) => [one, free[i]] as const)]);
  const lines: string[] = [];
  const env = Object.fromEntries(Object.entries(ports).map(([key, port]) => [key, String(port)]));
  const config = readConfig({ ...env, TELLTALE_DATA_DIR: dataDir, TELLTALE_LOG_LEVEL: 'silent' });
  await expect(startRoles(config, ROLES, (line) => lines.push(line))).rejects.toMatchObject({
    code: 'EADDRINUSE',
    port: other.port,
  });
  expect(lines).toEqual([]);
  await other.close();
  for (const port of Object.values(ports)) await (await listening(Number(port))).close();
  const db = await openDatabase({ dataDir });
  // The detector did not run: its first tick would have left a row.
  expect(await db.query('SELECT count() AS rows FROM alert_journal')).toEqual([{ rows: '0' }]);
  await db.close();
  expect(await readdir(dataDir)).not.toContain('telltale.pid');
});

it('started again on the same data, everything is there', async () => {
  const config = readConfig({
    TELLTALE_PORT: '0',
    TELLTALE_OTLP_HTTP_PORT: '0',
    TELLTALE_OTLP_GRPC_PORT: '0',
    TELLTALE_DATA_DIR: dataDir,
    TELLTALE_LOG_LEVEL: 'silent',
  });
  for (let i = 0; i < 2; i++) {
    const lines: string[] = [];
    const running = await startRoles(config, ROLES, (line) => lines.push(line));
    expect(lines.at(-1)).toBe('Telltale is ready.');
    await running.close();
  }
});
