// The token of a service: fetched when it is missing, renewed ahead of its end and once on a 401, one renewal at a time.
import { TELLTALE } from '../attributes.ts';
import { errorMessage } from '../record-error.ts';
import type { Runtime } from '../reliability/runtime.ts';
import { within } from '../reliability/timeout.ts';
import { step } from '../step.ts';
import type { StepSpan } from '../step-span.ts';

export interface Token {
  token: string;
  /** When it expires: a Date or ms since 1970. Without it, only a 401 shows that it has expired. */
  expiresAt?: Date | number | undefined;
  /** Seconds until it ends, as OAuth answers have it. */
  expiresInSeconds?: number | undefined;
}

export interface AuthOptions {
  /** Gets a new token. Never put it into a span yourself. */
  refresh: (call: { signal: AbortSignal }) => Token | string | Promise<Token | string>;
  /** Renewed when it ends within this time. Default 60,000. */
  refreshAheadMs?: number | undefined;
  /** Limit of one renewal. Default 10,000. */
  timeoutMs?: number | undefined;
  /** Default `authorization`. */
  header?: string | undefined;
  /** The scheme before the token. Default `Bearer`; `''` for none. */
  scheme?: string | undefined;
}

type Reason = 'missing' | 'expiring' | 'expired' | 'rejected';
interface Held {
  token: string;
  endsAtMs: number;
}

export class TokenKeeper {
  readonly #service: string;
  readonly #auth: AuthOptions;
  readonly #runtime: Runtime;
  #held: Held | null = null;
  #renewal: Promise<Held> | null = null;

  constructor(service: string, auth: AuthOptions, runtime: Runtime) {
    this.#service = service;
    this.#auth = auth;
    this.#runtime = runtime;
  }

  /** A valid token. When it cannot be renewed before it expires, the old one stays in use. */
  async get(span: StepSpan): Promise<string> {
    const held = this.#held;
    const leftMs = held === null ? 0 : held.endsAtMs - this.#runtime.nowMs();
    if (held === null) return this.#renew('missing', span);
    if (leftMs <= 0) return this.#renew('expired', span);
    if (leftMs > (this.#auth.refreshAheadMs ?? 60_000)) return held.token;
    try {
      return await this.#renew('expiring', span);
    } catch (error) {
      span.warn('token_not_renewed', `The token ends soon and could not be renewed: ${errorMessage(error)}`);
      return held.token;
    }
  }

  /** A new token after `rejected` was refused; the current one when another call renewed it meanwhile. */
  async replace(rejected: string, span: StepSpan): Promise<string> {
    if (this.#held === null || this.#held.token === rejected) return this.#renew('rejected', span);
    recordRenewal(span, 'rejected');
    return this.#held.token;
  }

  /** The header to send. */
  header(token: string): [name: string, value: string] {
    const { header = 'authorization', scheme = 'Bearer' } = this.#auth;
    return [header, scheme === '' ? token : `${scheme} ${token}`];
  }

  async #renew(reason: Reason, span: StepSpan): Promise<string> {
    this.#renewal ??= this.#fetch(reason).finally(() => {
      this.#renewal = null;
    });
    const { token } = await this.#renewal;
    recordRenewal(span, reason);
    return token;
  }

  #fetch(reason: Reason): Promise<Held> {
    const name = `refresh token ${this.#service}`;
    const attributes = { [TELLTALE.DEPENDENCY_NAME]: this.#service, [TELLTALE.TOKEN_REFRESH_REASON]: reason };
    return step(name, { captureOutput: false, attributes }, async () => {
      const limitMs = this.#auth.timeoutMs ?? 10_000;
      const made = await within(name, limitMs, undefined, (signal) => this.#auth.refresh({ signal }));
      const { token, expiresAt, expiresInSeconds } = typeof made === 'string' ? { token: made } : made;
      const inMs = expiresInSeconds === undefined ? Number.POSITIVE_INFINITY : expiresInSeconds * 1000;
      const endsAtMs = expiresAt === undefined ? this.#runtime.nowMs() + inMs : Number(expiresAt);
      this.#held = { token, endsAtMs };
      return this.#held;
    });
  }
}

/** Records that the call continues with a new token. */
function recordRenewal(span: StepSpan, reason: Reason): void {
  span.set(TELLTALE.TOKEN_REFRESH_REASON, reason);
  span.event(TELLTALE.TOKEN_REFRESHED_EVENT, { [TELLTALE.TOKEN_REFRESH_REASON]: reason });
}
