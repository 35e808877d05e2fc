// Speaks enough of PostgreSQL's protocol (version 3) to log a client in and refuse what it asks.
// https://www.postgresql.org/docs/current/protocol-message-formats.html
import { withTcp } from './kit.mjs';

function message(type, ...parts) {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const int32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** `fields` as PostgreSQL names them: S severity, C SQLSTATE, M message, D detail, … */
const errorResponse = (fields) =>
  message('E', ...Object.entries(fields).map(([key, value]) => Buffer.from(`${key}${value}\0`)), Buffer.from([0]));

/**
 * @param atLogin the error that the login ends with, null = it succeeds
 * @param onQuery the fields of the error of every query; null = the connection is cut
 */
export function withPostgres({ atLogin = null, onQuery = null }, use) {
  return withTcp((socket) => {
    let loggedIn = false;
    socket.on('data', () => {
      if (!loggedIn) {
        loggedIn = true;
        if (atLogin !== null) return socket.end(errorResponse({ S: 'FATAL', ...atLogin }));
        return socket.write(Buffer.concat([message('R', int32(0)), message('Z', Buffer.from('I'))]));
      }
      if (onQuery === null) return socket.destroy();
      socket.write(Buffer.concat([errorResponse({ S: 'ERROR', ...onQuery }), message('Z', Buffer.from('I'))]));
    });
  }, use);
}
