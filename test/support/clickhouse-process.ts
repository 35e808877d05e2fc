// The ClickHouse shim in a process of its own, because the embedded engine takes one data directory per process and a
// test may need several servers, or an engine beside one. Prints its URL, ends with its standard input.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startClickHouseHttp } from './clickhouse-http.ts';

export interface ClickHouseProcess {
  readonly url: string;
  /** Runs one statement in the database `telltale`. @returns the answer, tab-separated. @throws with the engine's error */
  run(sql: string): Promise<string>;
  close(): Promise<void>;
}

export async function startClickHouseProcess(): Promise<ClickHouseProcess> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [url] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the ClickHouse shim ended with ${code}`))),
  ])) as [string];
  return {
    url,
    async run(sql) {
      const reply = await fetch(`${url}/?database=telltale`, { method: 'POST', body: sql });
      const text = await reply.text();
      if (!reply.ok) throw new Error(text);
      return text;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin?.end();
      await once(child, 'exit');
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const server = await startClickHouseHttp();
  console.log(server.url);
  process.stdin.resume();
  process.stdin.on('end', () => void server.close().then(() => process.exit(0)));
}
