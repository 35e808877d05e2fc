// A proxy in front of ClickHouse's HTTP interface that misbehaves on request: what a network, or a server in trouble,
// does to a client. Real sockets: a refused connection is refused, a reset is a TCP RST.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type ProxyMode =
  | { readonly kind: 'pass' }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Waits, then passes on. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Lets the server do its work, then resets the connection in place of the answer. */
  | { readonly kind: 'reset after commit' }
  /** Lets the server do its work, then answers 500. */
  | { readonly kind: 'error after commit' }
  /** Lets the server do its work, sends a part of the answer, then resets. */
  | { readonly kind: 'reset within the answer' }
  /** Passes a part of the request's body on, then resets both sides. */
  | { readonly kind: 'reset within the body' }
  /** Ends the connection without an answer, in order. */
  | { readonly kind: 'half-close' }
  /** Passes the answer on byte by byte. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Answers with a ClickHouse error in place of the server. */
  | { readonly kind: 'canned'; readonly code: number; readonly message: string };

export interface Seen {
  readonly query: string;
  /** What was done with it. */
  readonly kind: ProxyMode['kind'];
  /** From its headers to the end of the answer. */
  ms: number;
}

export interface FaultProxy {
  readonly url: string;
  /** Matching requests so far, the oldest first. */
  readonly seen: readonly Seen[];
  /** What happens from now on to inserts of spans and logs, or to what `matches`; all others pass. */
  set(mode: ProxyMode, matches?: (query: string) => boolean): void;
  /** Closes the port and every connection, as when no server runs. */
  refuse(): Promise<void>;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
  close(): Promise<void>;
}

const isInsert = (query: string) => /^INSERT INTO (spans|logs)\b/.test(query);

/** Listens on a free port before `target`. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let matches = isInsert;
  let mode: ProxyMode = { kind: 'pass' };
  const seen: Seen[] = [];
  const server = createServer((incoming, answer) => {
    incoming.on('error', () => {});
    answer.on('error', () => {});
    const url = new URL(incoming.url ?? '/', target);
    const query = url.searchParams.get('query') ?? '';
    const now = matches(query) ? mode : ({ kind: 'pass' } as const);
    if (matches(query)) {
      const one: Seen = { query, kind: now.kind, ms: 0 };
      const startMs = performance.now();
      seen.push(one);
      answer.on('close', () => {
        one.ms = performance.now() - startMs;
      });
    }
    play(now, incoming, answer, url);
  });
  server.keepAliveTimeout = 65_000;
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  const stop = async () => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    set(next, which = isInsert) {
      mode = next;
      matches = which;
    },
    refuse: stop,
    accept: () => listen(port),
    close: stop,
  };
}

function play(mode: ProxyMode, incoming: IncomingMessage, answer: ServerResponse, url: URL): void {
  const socket = answer.socket as Socket;
  const pass = (onReply: (reply: IncomingMessage) => void) => forward(incoming, url, onReply, answer);
  const resetAll = () => socket.resetAndDestroy();
  if (mode.kind === 'pass') pass((reply) => passOn(reply, answer));
  else if (mode.kind === 'hang') incoming.resume();
  else if (mode.kind === 'latency') {
    const timer = setTimeout(() => pass((reply) => passOn(reply, answer)), mode.ms);
    answer.on('close', () => clearTimeout(timer));
  } else if (mode.kind === 'reset after commit') pass((reply) => afterwards(reply, resetAll));
  else if (mode.kind === 'error after commit')
    pass((reply) => afterwards(reply, () => void answer.writeHead(500).end()));
  else if (mode.kind === 'reset within the answer')
    pass((reply) => afterwards(reply, () => void socket.write('HTTP/1.1 200 OK\r\nContent-Le', resetAll)));
  else if (mode.kind === 'reset within the body') breakBody(incoming, url, socket);
  else if (mode.kind === 'half-close') {
    incoming.resume();
    socket.end();
  } else if (mode.kind === 'drip') pass((reply) => drip(reply, socket, mode.everyMs));
  else {
    incoming.resume();
    incoming.on('end', () => {
      answer.writeHead(500, { 'X-ClickHouse-Exception-Code': mode.code });
      answer.end(`Code: ${mode.code}. DB::Exception: ${mode.message} (version 26.7.2.1)\n`);
    });
  }
}

function breakBody(incoming: IncomingMessage, url: URL, socket: Socket): void {
  const call = request(url, { method: incoming.method, headers: incoming.headers, agent: false });
  call.on('error', () => {});
  incoming.once('data', (chunk: Buffer) => {
    call.write(chunk.subarray(0, chunk.length >> 1), () => {
      call.socket?.resetAndDestroy();
      socket.resetAndDestroy();
    });
  });
}

function forward(
  incoming: IncomingMessage,
  url: URL,
  onReply: (reply: IncomingMessage) => void,
  answer: ServerResponse,
): void {
  const call = request(url, { method: incoming.method, headers: incoming.headers, agent: false }, onReply);
  // No server behind the proxy: the client sees a connection that breaks.
  call.on('error', () => answer.socket?.resetAndDestroy());
  incoming.pipe(call);
  answer.on('close', () => {
    if (!incoming.complete) call.destroy();
  });
}

function passOn(reply: IncomingMessage, answer: ServerResponse): void {
  reply.on('error', () => answer.destroy());
  answer.writeHead(reply.statusCode ?? 502, withoutHop(reply));
  reply.pipe(answer);
}

/** Connection and framing are between two neighbours, and not passed on. */
function withoutHop({ headers }: IncomingMessage): IncomingMessage['headers'] {
  const { connection: _connection, 'keep-alive': _keepAlive, 'transfer-encoding': _coding, ...rest } = headers;
  return rest;
}

function afterwards(reply: IncomingMessage, then: () => void): void {
  reply.resume();
  reply.on('end', then);
}

function drip(reply: IncomingMessage, socket: Socket, everyMs: number): void {
  const chunks: Buffer[] = [];
  reply.on('data', (chunk: Buffer) => chunks.push(chunk));
  reply.on('end', () => {
    const body = Buffer.concat(chunks);
    const head = [
      `HTTP/1.1 ${reply.statusCode} ${reply.statusMessage}`,
      ...Object.entries(withoutHop(reply))
        .filter(([name]) => name !== 'content-length')
        .map(([name, value]) => `${name}: ${String(value)}`),
      `content-length: ${body.length}`,
      'connection: close',
    ].join('\r\n');
    const bytes = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
    let at = 0;
    const timer = setInterval(() => {
      if (at < bytes.length && !socket.destroyed) return void socket.write(bytes.subarray(at, ++at));
      clearInterval(timer);
      socket.end();
    }, everyMs);
  });
}
