// What an HTTP/2 connection may do besides calls: it has to greet in time, to answer pings, and not to idle for ever.
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Limits } from './limits.ts';

/** Bytes that may be under way on one connection and on one call before they are acknowledged. */
const CONNECTION_WINDOW_BYTES = 2 * 1024 * 1024;

/** Watches one connection until it is closed. @param now in milliseconds, never going back */
export function watchSession(session: ServerHttp2Session, limits: Limits, now = () => performance.now()): void {
  // Its socket may be gone already, such as that of a connection too many.
  if (session.destroyed) return;
  session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  const greeting = setTimeout(() => session.destroy(), limits.headersTimeoutMs);
  session.once('remoteSettings', () => clearTimeout(greeting));

  let calls = 0;
  let idleSinceMs = now();
  session.on('stream', (stream: ServerHttp2Stream) => {
    calls++;
    stream.once('close', () => {
      calls--;
      idleSinceMs = now();
    });
  });

  let answer: NodeJS.Timeout | null = null;
  const answered = () => {
    if (answer !== null) clearTimeout(answer);
    answer = null;
  };
  const keepAlive = setInterval(() => {
    if (calls === 0 && now() - idleSinceMs >= limits.idleMs) {
      session.close();
      return;
    }
    if (answer !== null || session.destroyed) return;
    answer = setTimeout(() => session.destroy(), limits.keepAliveAnswerMs);
    session.ping(answered);
  }, limits.keepAliveMs);

  session.once('close', () => {
    clearTimeout(greeting);
    answered();
    clearInterval(keepAlive);
  });
}
