// Many connections that send a byte a second until they are closed; a process of its own, so that they do not slow down
// whoever measures.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HEAD = 'POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\n';
const GIVE_UP_MS = 60_000;

export interface SlowResult {
  readonly connected: number;
  readonly closed: number;
  readonly slowestCloseMs: number;
}

/** Resolves when the last of them is closed, or after a minute. */
export async function playSlowConnections(otlpUrl: string, count: number): Promise<SlowResult> {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), otlpUrl, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = text(child.stdout);
  await once(child, 'exit');
  return JSON.parse(await printed) as SlowResult;
}

/** Half of them never end their headers, half never end their body. */
function openSlow(url: URL, index: number, closed: (afterMs: number) => void): Socket {
  const socket = connect(Number(url.port), url.hostname);
  const timer = setInterval(() => socket.write('a'), 1000);
  let startMs = performance.now();
  socket.on('connect', () => {
    startMs = performance.now();
    socket.write(index % 2 === 0 ? `${HEAD}X-Slow: ` : `${HEAD}Content-Length: 1000\r\n\r\n`);
  });
  socket.on('error', () => {});
  socket.resume();
  socket.on('close', () => {
    clearInterval(timer);
    closed(performance.now() - startMs);
  });
  return socket;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [url, count] = [new URL(process.argv[2] as string), Number(process.argv[3])];
  const closedAfterMs: number[] = [];
  let connected = 0;
  for (let index = 0; index < count; index++) {
    // A few at a time: a full queue of connections would hold up the good senders before the program sees any.
    if (index % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 50));
    openSlow(url, index, (afterMs) => closedAfterMs.push(afterMs)).on('connect', () => connected++);
  }
  const endMs = performance.now() + GIVE_UP_MS;
  while (closedAfterMs.length < count && performance.now() < endMs)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const slowestCloseMs = Math.round(Math.max(0, ...closedAfterMs));
  console.log(JSON.stringify({ connected, closed: closedAfterMs.length, slowestCloseMs } satisfies SlowResult));
  process.exit(0);
}
