// F12: two thousand connections that send one byte a second, half of them headers and half of them a body, beside good
// senders. They are closed, and nobody else notices.
import { connect, type Socket } from 'node:net';
import { startTelltale } from '../support/app.ts';
import type { Fault } from './fault.ts';
import { startLoad } from './load.ts';
import { quantile } from './loop-lag.ts';
import { kept, settleAndCheck, sleep, until, withFolder } from './settle.ts';

const CLOSED_WITHIN_MS = 15_000;
const HEAD = 'POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\n';

interface Slow {
  readonly connected: number;
  readonly closedAfterMs: readonly number[];
  stop(): void;
}

/** Opens the connections, a few hundred at a time; every one sends a byte a second until it is closed. */
async function openSlow(otlpUrl: string, count: number): Promise<Slow> {
  const { hostname, port } = new URL(otlpUrl);
  const closedAfterMs: number[] = [];
  let connected = 0;
  const all: Socket[] = [];
  for (let index = 0; index < count; index++) {
    if (index % 200 === 199) await sleep(50);
    const socket = connect(Number(port), hostname);
    // Half of them never end their headers, half never end their body.
    const text = index % 2 === 0 ? `${HEAD}X-Slow: ` : `${HEAD}Content-Length: 1000\r\n\r\n`;
    let startMs = 0;
    const timer = setInterval(() => socket.write('a'), 1000);
    socket.on('connect', () => {
      connected++;
      startMs = performance.now();
      socket.write(text);
    });
    socket.on('error', () => {});
    socket.resume();
    socket.on('close', () => {
      clearInterval(timer);
      closedAfterMs.push(performance.now() - startMs);
    });
    all.push(socket);
  }
  return {
    get connected() {
      return connected;
    },
    closedAfterMs,
    stop() {
      for (const socket of all) socket.destroy();
    },
  };
}

export const slowSenders: Fault = {
  name: 'F12',
  breaks: '2,000 connections that send one byte a second, beside eight good senders',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const count = short ? 200 : Number(process.env.FAULT_SLOW_SENDERS ?? 2000);
      const app = await startTelltale({ dataDir });
      const load = startLoad(app.otlpUrl, ledger);
      await sleep(short ? 1000 : 10_000);
      const usualAcks = load.ackMs.length;
      const linesBefore = app.output().split('\n').length;
      const slow = await openSlow(app.otlpUrl, count);
      try {
        await until('every slow connection is closed', () => slow.closedAfterMs.length === count, 60_000).catch(
          () => undefined,
        );
        await load.stop();
        const logLines = app.output().split('\n').length - linesBefore;
        const refused = [...load.statuses.keys()].filter((status) => status !== 200);
        const slowestCloseMs = Math.round(Math.max(0, ...slow.closedAfterMs));
        const ackP99UsualMs = quantile(load.ackMs.slice(0, usualAcks), 0.99);
        const ackP99Ms = quantile(load.ackMs.slice(usualAcks), 0.99);
        await app.close();
        const verdict = await settleAndCheck(dataDir, ledger);
        return {
          ok:
            kept(verdict) &&
            refused.length === 0 &&
            slow.closedAfterMs.length === count &&
            // A connection is looked at once a second, on a loop that others use as well.
            slowestCloseMs <= CLOSED_WITHIN_MS + 2000 &&
            ackP99Ms <= Math.max(150, ackP99UsualMs * 3) &&
            logLines <= 20,
          figures: {
            connections: slow.connected,
            closed: slow.closedAfterMs.length,
            slowestCloseMs,
            ackP99Ms,
            ackP99UsualMs,
            logLines,
            ...verdict,
          },
          notes: refused.length === 0 ? '' : `good senders saw ${refused.join(' ')}`,
        };
      } finally {
        slow.stop();
        await load.stop();
        await app.close();
      }
    }),
};
