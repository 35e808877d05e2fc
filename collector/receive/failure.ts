// The answer to a failed request, the same on every endpoint: an HTTP status and a sentence.
import { UnavailableError } from '../decode/codec.ts';
import { RefusedError } from '../decode/refused.ts';
import { MalformedError } from '../wire/wire.ts';

export interface Failure {
  readonly status: number;
  readonly message: string;
}

/** The answer to an error; null when the error was not foreseen. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof RefusedError) return { status: error.status, message: error.message };
  if (error instanceof MalformedError)
    return { status: 400, message: `The body could not be decoded: ${error.message}.` };
  if (error instanceof UnavailableError) return { status: 503, message: error.message };
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return { status: 400, message: 'The connection ended early.' };
  return null;
}

/** The answer to an error that was not foreseen: 503, because any other 5xx makes clients drop the data. */
export const UNFORESEEN: Failure = {
  status: 503,
  message: 'Something went wrong here; the log says what. Send again shortly.',
};

/** Whether the sender should send the same again. Only these are retried by OTLP clients. */
export const isRetryable = (status: number): boolean => status === 503 || status === 429;

/**
 * Whole seconds from 1 to 3, so that many senders do not come back in the same moment. More than 5 makes common
 * exporters drop the batch.
 * @param random 0 to 1
 */
export const retryAfterSeconds = (random: number): number => 1 + Math.min(2, Math.floor(random * 3));
