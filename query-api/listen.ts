// Opens and closes the API's listener.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

export interface Listening {
  /** With the real port: `http://127.0.0.1:4319`. */
  readonly url: string;
  /** Takes no new request, lets running ones finish, closes idle connections. */
  close(): Promise<void>;
}

/** How long a request may take to arrive, and how many connections there may be. */
export interface ListenLimits {
  readonly headersTimeoutMs: number;
  /** For a whole request, not for its answer. */
  readonly requestTimeoutMs: number;
  /** How long a connection without a request stays open. */
  readonly keepAliveTimeoutMs: number;
  /** How often connections are checked for the above. */
  readonly checkIntervalMs: number;
  readonly maxConnections: number;
  /** How long `close` waits for requests under way. */
  readonly closeMs: number;
}

/** As on the OTLP port. A browser has six connections, so this is for hundreds of viewers. */
const LIMITS: ListenLimits = {
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 15_000,
  keepAliveTimeoutMs: 65_000,
  checkIntervalMs: 1_000,
  maxConnections: 2_048,
  closeMs: 3_000,
};

/**
 * A request that does not arrive in time is answered 408 and its connection closed; connections above the limit are
 * closed at once.
 * @param port 0 takes a free one
 * @throws Error with `code` (EADDRINUSE, EACCES…) and `port` when it cannot listen
 */
export function listen(
  app: Express,
  host: string,
  port: number,
  limits: Partial<ListenLimits> = {},
): Promise<Listening> {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, checkIntervalMs, maxConnections, closeMs } = {
    ...LIMITS,
    ...limits,
  };
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
    },
    app,
  );
  server.maxConnections = maxConnections;
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
            // Requests that never arrive are no longer closed by the limits: node stops checking them here.
            const force = setTimeout(() => server.closeAllConnections(), closeMs);
            server.close(() => {
              clearTimeout(force);
              done();
            });
          }),
      });
    });
  });
}
