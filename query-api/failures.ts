// Every failure becomes one shape of reply, with an entry of the catalogue; what only we should know goes to the log.
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { ErrorReply } from '#contracts/api';
import { type ErrorCode, TelltaleError } from '#domain/errors';
import { damagedPartOf, isDamage } from '#storage/damage';
import { StorageError } from '#storage/database';
import type { Log } from './log.ts';

/** TOO_MANY_ROWS, TIMEOUT_EXCEEDED, TOO_SLOW, TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES. */
const LIMIT_CODES: ReadonlySet<number | null> = new Set([158, 159, 160, 202, 241, 307]);
const RETRY_AFTER_S = 2;

/** The catalogue's word for anything that was thrown. */
export function toFailure(error: unknown): TelltaleError {
  if (error instanceof TelltaleError) return error;
  if (error instanceof StorageError) return storageFailure(error);
  const type = (error as { type?: unknown } | null)?.type;
  if (type === 'entity.too.large')
    return new TelltaleError('body_too_large', 'the body is too large', { cause: error });
  if (type === 'entity.parse.failed') return new TelltaleError('bad_request', 'the body is no JSON', { cause: error });
  // Errors of express itself, for example a path that is not valid URL encoding.
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new TelltaleError('bad_request', 'the address is malformed', { cause: error });
  }
  return new TelltaleError('internal', 'Something went wrong inside Telltale.', { cause: error });
}

function storageFailure(error: StorageError): TelltaleError {
  const [code, message]: [ErrorCode, string] = LIMIT_CODES.has(error.engineCode)
    ? ['storage_busy', 'Storage gave up before the answer was complete.']
    : error.retryable
      ? ['storage_failed', 'Storage did not answer.']
      : isDamage(error)
        ? ['storage_damaged', damageMessage(error)]
        : ['internal', 'Something went wrong inside Telltale.'];
  return new TelltaleError(code, message, { cause: error });
}

function damageMessage(error: StorageError): string {
  const part = damagedPartOf(error);
  return `Stored data is damaged: what was asked for cannot be read${part === null ? '' : ` (part ${part})`}.`;
}

/** Answers `{error: {code, message, hint}}`. Failures on our side are logged once, with the cause; clients see neither. */
export function answerFailures(log: Log): ErrorRequestHandler {
  return (error, request, response, next) => {
    const failure = toFailure(error);
    if (failure.status >= 500) {
      log.error({ err: error, code: failure.code, method: request.method, path: request.path }, failure.message);
    }
    // Half an answer is out: only closing the connection shows the client.
    if (response.headersSent) return next(error);
    if (failure.retryable) response.set('retry-after', String(failure.retryAfterS ?? RETRY_AFTER_S));
    const { code, message, hint } = failure;
    response.status(failure.status).json({ error: { code, message, hint } } satisfies ErrorReply);
  };
}

export const noSuchRoute: RequestHandler = (request) => {
  const otlp = request.originalUrl.startsWith('/v1/');
  throw new TelltaleError(
    'route_not_found',
    `there is no ${request.method} ${pathOf(request.originalUrl)} here`,
    otlp ? { hint: 'OTLP is received on its own port: TELLTALE_OTLP_HTTP_PORT, 4318 unless set otherwise.' } : {},
  );
};

export function wrongMethod(allowed: readonly string[]): RequestHandler {
  return (request, response) => {
    response.set('allow', allowed.join(', '));
    throw new TelltaleError(
      'method_not_allowed',
      `${pathOf(request.originalUrl)} answers ${allowed.join(' and ')} only`,
    );
  };
}

const pathOf = (url: string) => (url.split('?', 1)[0] ?? '').slice(0, 200);
