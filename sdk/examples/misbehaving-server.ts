// A real HTTP server with scripted misbehavior: each request gets the next behavior of its list, then always the last.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { listen } from './listen.ts';

export type Behavior =
  | { status: number; json?: unknown; headers?: Record<string, string> }
  /** Never answers. */
  | 'hang'
  /** Sends the head and half a body, then breaks the connection. */
  | 'half'
  /** Breaks the connection without an answer (RST). */
  | 'reset';

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface MisbehavingServer {
  url: string;
  requests: ReceivedRequest[];
  /** What the next requests get. */
  behave: (...behaviors: Behavior[]) => void;
  /** Or worked out from each request. */
  answer: (rule: (request: ReceivedRequest) => Behavior) => void;
  close: () => Promise<void>;
}

export async function openMisbehaving(...first: Behavior[]): Promise<MisbehavingServer> {
  const requests: ReceivedRequest[] = [];
  let queue: Behavior[] = first;
  const next = (): Behavior => (queue.length > 1 ? queue.shift() : queue[0]) ?? { status: 200, json: {} };
  let rule: (request: ReceivedRequest) => Behavior = next;
  const server = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    req.on('end', () => {
      const request = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body };
      requests.push(request);
      perform(rule(request), res, req.socket);
    });
  });
  const { url, close } = await listen(server);
  return {
    url,
    requests,
    behave: (...behaviors) => {
      queue = behaviors;
      rule = next;
    },
    answer: (given) => {
      rule = given;
    },
    close,
  };
}

function perform(behavior: Behavior, res: ServerResponse, socket: Socket): void {
  if (behavior === 'hang') return;
  if (behavior === 'reset') {
    socket.resetAndDestroy();
    return;
  }
  if (behavior === 'half') {
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    res.write('{"half":', () => socket.destroy());
    return;
  }
  res.writeHead(behavior.status, { 'content-type': 'application/json', ...behavior.headers });
  res.end(behavior.json === undefined ? '' : JSON.stringify(behavior.json));
}
