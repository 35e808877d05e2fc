// Records that were sent to the address of another signal: answered as a partial success that says where they belong.

import { MalformedError } from '../wire/wire.ts';
import { SIGNALS } from './signals.ts';

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

/** What to tell the sender. */
export function misdirected(signal: 'logs' | 'metrics'): string {
  const what = signal === 'logs' ? 'log records' : 'metrics';
  return `These are ${what}, not spans: ${what} are sent to ${SIGNALS[signal].path}`;
}
