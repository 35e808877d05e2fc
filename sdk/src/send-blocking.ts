// Sends the last spans of a process that ends: nothing asynchronous runs in it any more, so a worker thread sends them
// while this thread waits. No code of the application runs meanwhile. A child process would not do: in a single
// executable it would be the application again.
import { Worker } from 'node:worker_threads';
import type { Connection } from './connection.ts';
import { type NameQuestion, questionFor } from './name-servers.ts';
import { quietly } from './quietly.ts';

export interface BlockingRequest {
  readonly url: string;
  readonly contentType: string;
  readonly bodies: readonly Uint8Array[];
  readonly connection: Connection;
  readonly timeoutMs: number;
  /** The query that must be answered before the receiver's name is looked up. Default: one to this machine's name servers. */
  readonly question?: NameQuestion | null;
}

/** 0 = not answered in time, -1 = not reached, else the status. */
export type BlockingAnswer = number;

/** Starting a thread takes about 50 ms of CPU time, and longer on a busy machine. */
const MAX_START_MS = 2_000;

/** The wait may grow by this much when the thread gets no CPU time. */
const MAX_STARVED = 4;

/** Slot 0 counts the answers, one for the start, and many when time is up; the others hold them. CommonJS without types, because it is evaluated from this text. */
const SENDER = `
const { workerData } = require('node:worker_threads');
const { url, headers, tls, bodies, isGzip, shared, timeoutMs, question } = workerData;
const answers = new Int32Array(shared);
const noteOne = () => {
  Atomics.add(answers, 0, 1);
  Atomics.notify(answers, 0);
};
const target = new URL(url);
const { Agent, request } = require(target.protocol === 'https:' ? 'node:https' : 'node:http');
const agent = new Agent({ keepAlive: true, maxSockets: 4, ...tls });
noteOne();
// Time without CPU for this thread counts little: a busy machine must not cost spans.
let ticks = Math.ceil(timeoutMs / 20);
setInterval(() => {
  ticks -= 1;
  if (ticks > 0) return;
  Atomics.add(answers, 0, bodies.length + 1);
  Atomics.notify(answers, 0);
}, 20).unref();
const post = (content, i) => {
  const done = (answer) => {
    if (Atomics.compareExchange(answers, i + 1, 0, answer) === 0) noteOne();
  };
  try {
    const body = isGzip ? require('node:zlib').gzipSync(content) : content;
    const options = { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } };
    const sent = request(target, options, (reply) => {
      reply.resume();
      reply.on('error', () => undefined);
      reply.on('end', () => done(reply.statusCode));
    });
    sent.on('error', () => done(-1));
    sent.end(body);
  } catch {
    done(-1);
  }
};
// As in name-servers.ts: a lookup while no name server answers would delay the end of the process.
let isAsked = question === null;
if (isAsked) bodies.forEach(post);
else {
  const { createSocket } = require('node:dgram');
  const { servers, messages } = question;
  let left = servers.length;
  let at = 0;
  const sockets = new Set();
  const goOn = () => {
    if (!isAsked) bodies.forEach(post);
    isAsked = true;
  };
  const send = (socket) => socket.send(messages[at]);
  const hear = (answer) => {
    if (answer.length < 4 || answer[0] !== messages[at][0] || answer[1] !== messages[at][1]) return;
    if ((answer[3] & 15) === 0 || at === messages.length - 1) return goOn();
    at += 1;
    sockets.forEach(send);
  };
  for (const { address, port } of servers) {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', hear);
    socket.once('error', () => {
      sockets.delete(socket);
      left -= 1;
      if (left === 0) goOn();
      socket.on('error', () => undefined);
    });
    socket.on('connect', () => {
      sockets.add(socket);
      send(socket);
    });
    socket.connect(port, address);
  }
}
`;

/**
 * Posts the bodies, four at a time, and blocks until all are answered or `timeoutMs` after the thread began. Returns the
 * answers in the order of the bodies. Never throws: when no thread can be started, all count as not reached.
 */
export function sendBlocking(sending: BlockingRequest): BlockingAnswer[] {
  const { url, contentType, bodies, connection, timeoutMs } = sending;
  const { question = questionFor(new URL(url).hostname) } = sending;
  const nothing = bodies.map(() => 0);
  if (bodies.length === 0 || !hasThreads()) return nothing;
  const answers = new Int32Array(new SharedArrayBuffer(4 * (bodies.length + 1)));
  const worker = quietly(() => {
    const { isGzip, tls } = connection;
    const headers = { 'user-agent': 'telltale-sdk', ...connection.headers, 'content-type': contentType };
    return new Worker(SENDER, {
      eval: true,
      workerData: {
        url,
        headers: isGzip ? { ...headers, 'content-encoding': 'gzip' } : headers,
        tls,
        bodies,
        isGzip,
        shared: answers.buffer,
        timeoutMs,
        question,
      },
      // The thread needs neither NODE_OPTIONS nor what the application preloads.
      execArgv: [],
      env: quietTls(process.env),
      stdout: true,
      stderr: true,
    });
  });
  if (worker === undefined) return nothing;
  worker.on('error', () => undefined);
  worker.unref();
  waitFor(answers, 1, MAX_START_MS);
  waitFor(answers, bodies.length + 1, timeoutMs * MAX_STARVED);
  const given = [...answers.subarray(1)];
  void worker.terminate();
  return given;
}

/** Blocks until slot 0 has reached `count`, or the time is up. */
function waitFor(slots: Int32Array, count: number, timeoutMs: number): void {
  const untilMs = performance.now() + timeoutMs;
  for (let seen = Atomics.load(slots, 0); seen < count; seen = Atomics.load(slots, 0)) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return;
    Atomics.wait(slots, 0, seen, leftMs);
  }
}

/** Other runtimes have the module, but not all the features needed. */
function hasThreads(): boolean {
  const { bun, electron, deno } = process.versions;
  return bun === undefined && electron === undefined && deno === undefined;
}

/** Each thread reads the variable that decides whether certificates are verified for itself. */
function quietTls({ NODE_TLS_REJECT_UNAUTHORIZED: rejects }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return rejects === undefined ? {} : { NODE_TLS_REJECT_UNAUTHORIZED: rejects };
}
