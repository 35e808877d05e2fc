// Refusals that carry their status: what an endpoint answers when it does not accept a request.
import { MalformedError } from '../wire/wire.ts';
import { SIGNALS } from './signals.ts';

/** The request cannot be taken; `status` (of HTTP) and `message` go into the reply. */
export class RefusedError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'RefusedError';
    this.status = status;
  }
}

/** The body is a request of another signal. Nothing of it was taken; `records` says how much that is. */
export class MisdirectedError extends MalformedError {
  readonly signal: 'logs' | 'metrics';
  readonly records: number;
  constructor(records: number, signal: 'logs' | 'metrics') {
    super(misdirected(signal));
    this.name = 'MisdirectedError';
    this.signal = signal;
    this.records = records;
  }
}

/** The message for the sender. */
export function misdirected(signal: 'logs' | 'metrics'): string {
  const what = signal === 'logs' ? 'log records' : 'metrics';
  return `These are ${what}, not spans: ${what} are sent to ${SIGNALS[signal].path}`;
}
