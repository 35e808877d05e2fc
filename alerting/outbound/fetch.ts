// A `fetch` for calls that leave the machine: bounded in time and in the size of the reply, never following a redirect,
// and asking the guard at each connection. Any library that takes a `fetch` can use it.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BLOCKED, type OutboundGuard } from './guard.ts';

const TIMEOUT_MS = 10_000;
const REPLY_MAX_BYTES = 64 * 1024;

export interface OutboundOptions {
  /** null for addresses of the environment, which are used as they are. */
  readonly guard: OutboundGuard | null;
  /** For everything, from the name to the last byte. Default 10 s. */
  readonly timeoutMs?: number;
  /** What is beyond is not read. Default 64 KiB. */
  readonly maxReplyBytes?: number;
}

/** No reply. `code` is a word like ECONNREFUSED, TIMEOUT, EBLOCKED; `mayHaveArrived` when something was sent. */
export class OutboundError extends Error {
  readonly code: string;
  readonly mayHaveArrived: boolean;
  constructor(code: string, message: string, mayHaveArrived: boolean) {
    super(message);
    this.name = 'OutboundError';
    this.code = code;
    this.mayHaveArrived = mayHaveArrived;
  }
}

type Fetch = (input: string | URL, init?: RequestInit) => Promise<Response>;

/** @returns a fetch whose only failures are OutboundErrors; none of them repeats the address */
export function createOutboundFetch(options: OutboundOptions): Fetch {
  return async (input, init = {}) => {
    try {
      return await send(String(input), init, options);
    } catch (error) {
      if (error instanceof OutboundError) throw error;
      // What cannot be sent at all, for example a header that is no ASCII.
      throw new OutboundError('EREQUEST', 'The request cannot be sent.', false);
    }
  };
}

async function send(address: string, init: RequestInit, options: OutboundOptions): Promise<Response> {
  const { guard, timeoutMs = TIMEOUT_MS, maxReplyBytes = REPLY_MAX_BYTES } = options;
  const wrong = guard === null ? null : guard.checkForm(address);
  if (wrong !== null) throw new OutboundError(BLOCKED, wrong, false);
  if (!URL.canParse(address)) throw new OutboundError('EADDRESS', 'It is no address.', false);
  const url = new URL(address);
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const deadline = AbortSignal.timeout(timeoutMs);
  const headers = Object.fromEntries(new Headers(init.headers));
  // What cannot be bounded before it is unpacked is not asked for.
  headers['accept-encoding'] = 'identity';
  const body = init.body == null ? '' : (init.body as string | Uint8Array);

  return new Promise((resolve, reject) => {
    let isConnected = false;
    const fail = (error: NodeJS.ErrnoException) => {
      const code = deadline.aborted ? 'TIMEOUT' : (error.code ?? error.name);
      reject(new OutboundError(code, messageOf(code), isConnected));
    };
    const sent = request(url, {
      method: init.method ?? 'GET',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent: false,
      signal: init.signal == null ? deadline : AbortSignal.any([deadline, init.signal]),
      ...(guard === null ? {} : { lookup: guard.lookup }),
    });
    sent.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        isConnected = true;
      });
    });
    sent.on('error', fail);
    sent.on('response', (reply) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const done = () => {
        const status = reply.statusCode ?? 0;
        if (status < 200 || status > 599) return fail(Object.assign(new Error('odd status'), { code: 'EREPLY' }));
        const text = Buffer.concat(chunks).subarray(0, maxReplyBytes);
        const isEmpty = text.length === 0 || [204, 205, 304].includes(status);
        resolve(new Response(isEmpty ? null : text, { status, headers: headersOf(reply.headersDistinct) }));
      };
      reply.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes < maxReplyBytes) return;
        done();
        sent.destroy();
      });
      reply.on('end', done);
      reply.on('error', fail);
    });
    sent.end(body);
  });
}

function headersOf(distinct: NodeJS.Dict<string[]>): [string, string][] {
  return Object.entries(distinct).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [name, value]),
  );
}

function messageOf(code: string): string {
  if (code === BLOCKED) return 'The name leads to an address that is not on the public internet.';
  return code === 'TIMEOUT' ? 'No reply in time.' : `No reply (${code}).`;
}
