// The command line as an operator meets it, mistakes included.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningTelltale, runTelltale, startTelltale } from './support/app.ts';

/** Ends only what hangs. */
const HANG = { timeout: 60_000 };
let folder = '';
/** One that runs all the time, for tests that change nothing of it. */
let running: RunningTelltale;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-cli-'));
  running = await startTelltale();
});
afterAll(async () => {
  await running?.close();
  await rm(folder, { recursive: true, force: true });
});

const SPAN = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
              spanId: '00f067aa0ba902b7',
              name: 'a',
              startTimeUnixNano: `${Date.now()}000000`,
            },
          ],
        },
      ],
    },
  ],
};
const send = (url: string) =>
  fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(SPAN),
  });
const statusOfRun = async ({ apiUrl }: RunningTelltale) =>
  (await fetch(`${apiUrl}/api/traces/4bf92f3577b34da6a3ce929d0e0e4736`)).status;

describe('telltale up', () => {
  it('does not start where others can reach it, and says what to do; doctor says it, too', async () => {
    const env = { TELLTALE_HOST: '0.0.0.0' };
    for (const command of ['up', 'doctor']) {
      const { code, output } = await runTelltale([command], env);
      expect(output).toContain('TELLTALE_OPEN=1');
      expect(code).toBe(1);
    }
    const open = await startTelltale({ env: { ...env, TELLTALE_OPEN: '1' } });
    expect((await fetch(`${open.apiUrl}/healthz`)).status).toBe(200);
    expect((await send(open.otlpUrl)).status).toBe(200);
    await open.close();
  });

  it('lists every wrong setting at once, without the values of secrets, and ends', async () => {
    const { code, output } = await runTelltale(['up'], {
      TELLTALE_PORT: '70000',
      TELLTALE_RETENTION_DAYS: 'soon',
      CLICKHOUSE_URL: 'ftp://x',
      SLACK_WEBHOOK_URL: 'not-a-url-but-secret',
    });
    expect(code).toBe(1);
    for (const name of ['TELLTALE_PORT', 'TELLTALE_RETENTION_DAYS', 'CLICKHOUSE_URL', 'SLACK_WEBHOOK_URL'])
      expect(output).toContain(`${name}: `);
    expect(output).toContain('4 settings are wrong');
    expect(output).not.toContain('not-a-url-but-secret');
    expect(output).not.toContain('    at ');
  });

  it('keeps what it stored when it is stopped and started again', async () => {
    const dataDir = join(folder, 'restart');
    const first = await startTelltale({ dataDir });
    expect((await send(first.otlpUrl)).status).toBe(200);
    expect(await first.close()).toBe(0);
    const second = await startTelltale({ dataDir });
    await expect.poll(() => statusOfRun(second), HANG).toBe(200);
    expect(await second.close()).toBe(0);
  });

  it('has lost nothing that it acknowledged when it is killed', async () => {
    const dataDir = join(folder, 'killed');
    const first = await startTelltale({ dataDir });
    expect((await send(first.otlpUrl)).status).toBe(200);
    process.kill(first.pid, 'SIGKILL');
    await first.close();
    const second = await startTelltale({ dataDir });
    await expect.poll(() => statusOfRun(second), HANG).toBe(200);
    await second.close();
  });

  it('says who has the data directory, and what to do', async () => {
    const { code, output } = await runTelltale(['up'], { TELLTALE_DATA_DIR: running.dataDir });
    expect(code).toBe(1);
    expect(output).toContain(`process ${running.pid}`);
    expect(output).toContain('TELLTALE_DATA_DIR');
    // One clear error, and nothing else.
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  it('says which port is taken, and which setting to change', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    for (const name of ['TELLTALE_PORT', 'TELLTALE_OTLP_HTTP_PORT', 'TELLTALE_OTLP_GRPC_PORT']) {
      const { code, output } = await runTelltale(['up'], {
        TELLTALE_DATA_DIR: join(folder, 'port'),
        [name]: String(port),
      });
      expect(code).toBe(1);
      expect(output).toMatch(new RegExp(`^telltale: port ${port} is in use, [^\n]* with ${name} [^\n]*\n$`));
    }
    other.close();
  });

  it('listens on loopback only', () => {
    for (const url of [running.apiUrl, running.otlpUrl]) expect(new URL(url).hostname).toBe('127.0.0.1');
  });
});

describe('npm start', () => {
  it('leaves nothing running when npm is killed', async () => {
    const dataDir = join(folder, 'npm');
    const npm = spawn('npm', ['start'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: {
        ...process.env,
        TELLTALE_DATA_DIR: dataDir,
        TELLTALE_PORT: '0',
        TELLTALE_OTLP_HTTP_PORT: '0',
        TELLTALE_OTLP_GRPC_PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    npm.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await expect.poll(() => output, HANG).toContain('Telltale is ready.');
    const pid = Number(await readFile(join(dataDir, 'telltale.pid'), 'utf8'));
    npm.kill('SIGTERM');
    await expect.poll(() => isRunning(pid), HANG).toBe(false);
    expect(await readdir(dataDir)).not.toContain('telltale.pid');
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('other commands', () => {
  it('one role alone asks for a ClickHouse server', async () => {
    const { code, output } = await runTelltale(['collector']);
    expect(code).toBe(1);
    expect(output).toContain('CLICKHOUSE_URL');
  });

  it('doctor passes on a sound set-up and names what is wrong on another', async () => {
    const good = await runTelltale(['doctor'], { TELLTALE_DATA_DIR: join(folder, 'doctor') });
    expect(good.output).toContain('ok    settings');
    expect(good.code).toBe(0);
    const meanwhile = await runTelltale(['doctor'], {
      TELLTALE_DATA_DIR: running.dataDir,
      TELLTALE_PORT: new URL(running.apiUrl).port,
    });
    expect(meanwhile.output).toMatch(new RegExp(`a Telltale .* runs here and takes spans at ${running.otlpUrl}`));
    expect(meanwhile.code, meanwhile.output).toBe(0);
    const bad = await runTelltale(['doctor'], { TELLTALE_PORT: 'x' });
    expect(bad.output).toContain('WRONG settings: TELLTALE_PORT');
    expect(bad.code).toBe(1);
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const noPort = await runTelltale(['doctor'], {
      TELLTALE_DATA_DIR: join(folder, 'doctor'),
      TELLTALE_OTLP_GRPC_PORT: String(port),
    });
    taken.close();
    expect(noPort.output).toContain(`WRONG port ${port} (OTLP over gRPC)`);
    expect(noPort.code).toBe(1);
    const noServer = await runTelltale(['doctor'], { CLICKHOUSE_URL: 'http://127.0.0.1:9' });
    expect(noServer.output).toContain('WRONG storage at http://127.0.0.1:9');
    expect(noServer.code).toBe(1);
  });

  it('a misspelled command is named', async () => {
    const { code, output } = await runTelltale(['upp']);
    expect(code).toBe(2);
    expect(output).toContain("unknown command 'upp'");
  });

  it('the demo without a server says what to do, in a line', async () => {
    const { code, output } = await runTelltale(['demo'], { TELLTALE_OTLP_HTTP_PORT: '9' });
    expect(code).toBe(1);
    expect(output).toContain('Start Telltale first');
    expect(output).not.toContain('    at ');
  });

  it('leaves nothing in the data directory but the engine, the ledger of its parts and the key of its secrets', async () => {
    const dataDir = join(folder, 'tidy');
    const tidy = await startTelltale({ dataDir });
    await send(tidy.otlpUrl);
    await tidy.close();
    expect((await readdir(dataDir)).sort()).toEqual([
      'engine',
      'quarantine',
      'secret.key',
      'spool',
      'stored-parts.jsonl',
    ]);
    expect(await readdir(join(dataDir, 'spool'))).toEqual([]);
  });
});
