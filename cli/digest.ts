// `telltale digest`: asks the running Telltale for the digest of a day, prints it or has a copy mailed. It goes over the
// API, because the embedded engine takes one process.
import type { Config } from '#config';
import { errorReplySchema } from '#contracts/api';
import { DIGEST_ROUTES } from '#contracts/routes/digests';

export interface DigestRequest {
  readonly date: string;
  readonly to: string | undefined;
  readonly print: boolean;
  readonly weekly: boolean;
  readonly timeZone: string | undefined;
  readonly again: boolean;
}

/** An error that the user can fix, in one line. */
export class DigestCommandError extends Error {
  override readonly name = 'DigestCommandError';
}

const TIMEOUT_MS = 150_000;

/** @throws DigestCommandError with what to do */
export async function runDigest(config: Config, say: (line: string) => void, request: DigestRequest): Promise<void> {
  const { date, to, print, weekly, timeZone, again } = request;
  if (to === undefined && !print) throw new DigestCommandError('say where it should go: --print, or --to ADDRESS.');
  const host = ['0.0.0.0', '::'].includes(config.TELLTALE_HOST) ? '127.0.0.1' : config.TELLTALE_HOST;
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${config.TELLTALE_PORT}`;
  const body = {
    form: weekly ? 'weekly' : 'daily',
    again,
    to: to ?? null,
    ...(timeZone === undefined ? {} : { timeZone }),
  };
  const response = await fetch(`${base}/api/digests/${encodeURIComponent(date)}?by=telltale%20digest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error) => {
    throw new DigestCommandError(
      `no Telltale answers at ${base} (${error.name === 'TimeoutError' ? 'it took too long' : 'no connection'}). Start it with \`npm start\`, or set TELLTALE_HOST and TELLTALE_PORT to those it runs with.`,
    );
  });
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new DigestCommandError(refusal(answer, response.status, base));
  const { text, sentTo } = DIGEST_ROUTES.writeDigest.reply.parse(answer);
  if (print) say(text.trimEnd());
  if (sentTo !== null) say(`Sent to ${sentTo}.`);
}

function refusal(answer: unknown, status: number, base: string): string {
  const known = errorReplySchema.safeParse(answer);
  if (!known.success) return `${base} answered HTTP ${status}, but not as Telltale does. Check TELLTALE_PORT.`;
  const { message, hint } = known.data.error;
  return `${message} ${hint}`;
}
