// Opens and closes the API's door.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

export interface Listening {
  /** With the real port: `http://127.0.0.1:4319`. */
  readonly url: string;
  /** Takes no new request, lets running ones finish, closes idle connections. */
  close(): Promise<void>;
}

/**
 * @param port 0 takes a free one
 * @throws Error with `code` (EADDRINUSE, EACCES…) and `port` when it cannot listen
 */
export function listen(app: Express, host: string, port: number): Promise<Listening> {
  const server = createServer(app);
  // A kept-alive connection whose last request ends after `close` would otherwise stay open for its idle time.
  server.on('request', (_request, response) => {
    response.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const { address, port: realPort } = server.address() as AddressInfo;
      resolve({
        url: `http://${address.includes(':') ? `[${address}]` : address}:${realPort}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
          }),
      });
    });
  });
}
