// Connections that sent no HTTP, or too slowly: Node's own answer has no body, and Node does not log them.
import type { Duplex } from 'node:stream';
import type { Log } from '../decode/sampled-log.ts';
import { statusReply } from './reply.ts';

const CLIENT_ERRORS: Record<string, [number, string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large.'],
};

/** Answers a connection that sent no HTTP, or too slowly, and closes it. */
export function refuseSocket(error: NodeJS.ErrnoException, socket: Duplex, log: Log): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  log.warn({ code: error.code }, 'a connection was closed: what came was no HTTP request, or came too slowly');
  const [status, message] = CLIENT_ERRORS[error.code ?? ''] ?? [400, 'This is no HTTP request.'];
  const body = statusReply('json', status, message);
  const head = `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  socket.end(head + body, () => socket.destroy());
}
