// Retry-After as servers really write it, and what counts as transient; both read untrusted input.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter, retryAfterMs } from './retry-after.ts';
import { isTransient } from './transient.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

describe('Retry-After', () => {
  it.each<[string | null, number | null]>([
    ['120', 120_000],
    [' 0 ', 0],
    ['1.5', 1500],
    ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
    ['Friday, 20-Nov-26 12:00:30 GMT', 30_000],
    ['Fri Nov 20 12:00:30 2026 GMT', 30_000],
    ['Fri, 20 Nov 2020 12:00:00 GMT', 0],
    ['-5', null],
    ['5 apples', null],
    ['', null],
    [null, null],
    ['99999999999999999999', null],
  ])('%s is %s ms', (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected);
  });

  it('is found on errors and answers, in Headers and in plain objects; milliseconds win', () => {
    const headers = new Headers({ 'Retry-After': '2' });
    for (const failure of [
      { headers },
      { response: { headers } },
      { headers: { 'Retry-After': '2' } },
      { headers: { 'retry-after': ['2', '9'] } },
      new Response(null, { status: 429, headers }),
      { headers: { 'retry-after-ms': '2000', 'retry-after': '7' } },
      // The AI SDK, AWS, gRPC, Google, and what they caused.
      { responseHeaders: { 'retry-after': '2' } },
      { $response: { headers: { 'retry-after': '2' } } },
      { metadata: { get: (name: string) => (name === 'retry-after' ? ['2'] : []) } },
      { metadata: { get: (name: string) => (name === 'grpc-retry-pushback-ms' ? ['2000'] : []) } },
      { errorDetails: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' }] },
      { statusDetails: [{ retryDelay: { seconds: 2, nanos: 0 } }] },
      new Error('wrapped', { cause: { responseHeaders: { 'retry-after': '2' } } }),
      {
        name: 'AI_RetryError',
        errors: [{ responseHeaders: { 'retry-after': '9' } }, { responseHeaders: { 'retry-after': '2' } }],
      },
    ]) {
      expect(retryAfterMs(failure, NOW)).toBe(2000);
    }
  });

  it('is null or a wait of no less than 0, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.anything()), (value) => {
        for (const failure of [value, { headers: value }, { headers: { 'retry-after': value } }]) {
          const ms = retryAfterMs(failure, NOW);
          expect(ms === null || ms >= 0).toBe(true);
        }
      }),
    );
  });
});

describe('transient', () => {
  const caused = (code: string): Error =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

  it.each<[string, unknown, boolean]>([
    ['408', { status: 408 }, true],
    ['425', { statusCode: 425 }, true],
    ['429', { response: { status: 429 } }, true],
    ...sdkErrors(),
    ['500', { status: 500 }, true],
    ['599', { status: 599 }, true],
    ['400', { status: 400 }, false],
    ['401', { status: 401 }, false],
    ['404', { status: 404 }, false],
    ['a reset connection', caused('ECONNRESET'), true],
    ['a refused one', caused('ECONNREFUSED'), true],
    ['one of several addresses', new AggregateError([caused('ETIMEDOUT')], ''), true],
    ['a broken socket of undici', caused('UND_ERR_SOCKET'), true],
    ['DNS that is busy', caused('EAI_AGAIN'), true],
    ['a name that is not there', caused('ENOTFOUND'), false],
    ['a timeout', new DOMException('', 'TimeoutError'), true],
    ['an abort', new DOMException('', 'AbortError'), false],
    ['a mistake of ours', new TypeError('x is not a function'), false],
    ['a string', 'ECONNRESET', false],
    ['nothing', undefined, false],
  ])('%s', (_name, failure, expected) => {
    expect(isTransient(failure)).toBe(expected);
  });

  it('is answered for anything, also for what throws when it is read', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(isTransient(hostile)).toBe(false);
    const ring: { cause?: unknown } = {};
    ring.cause = ring;
    expect(isTransient(ring)).toBe(false);
    fc.assert(fc.property(fc.anything(), (value) => typeof isTransient(value) === 'boolean'));
  });
});

/** As the clients throw them; classes lose their names in a bundle, so OpenAI's are recognized by their words too. */
function sdkErrors(): [string, unknown, boolean][] {
  class APIConnectionTimeoutError extends Error {}
  const made = (fields: object, message = 'x'): Error => Object.assign(new Error(message), fields);
  const aiRetry = (...errors: object[]) => made({ name: 'AI_RetryError', errors, lastError: errors.at(-1) });
  return [
    ["OpenAI's timeout", new APIConnectionTimeoutError('any words'), true],
    ["OpenAI's timeout in a bundle", made({}, 'Request timed out.'), true],
    ["OpenAI's lost connection", made({ cause: caused2('ECONNREFUSED') }, 'Connection error.'), true],
    ["OpenAI's abort", made({}, 'Request was aborted.'), false],
    ['AWS $retryable', made({ $retryable: {} }), true],
    ['AWS throttling with 400', made({ name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }), true],
    ['AWS 503', made({ $metadata: { httpStatusCode: 503 } }), true],
    ['AWS validation', made({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } }), false],
    ...[4, 8, 10, 13, 14].map((code): [string, unknown, boolean] => [`gRPC ${code}`, made({ code }), true]),
    ...[1, 3, 5, 7, 16].map((code): [string, unknown, boolean] => [`gRPC ${code}`, made({ code }), false]),
    ['gRPC by name', made({ code: 'UNAVAILABLE' }), true],
    ['a process that ended with 14', made({ code: 14, cmd: 'x', signal: null }), false],
    ['MongoDB 13', made({ code: 13, codeName: 'Unauthorized' }), false],
    ['Google 503', made({ code: 503 }), true],
    ['Google 403', made({ code: '403' }), false],
    ['MCP timeout', made({ code: -32001 }, 'MCP error -32001: Request timed out'), true],
    ['MCP closed', made({ code: -32000 }, 'MCP error -32000: Connection closed'), true],
    ['MCP session not found', made({ code: -32001 }, 'Session not found'), false],
    ['another JSON-RPC error', made({ code: -32000 }, 'insufficient funds'), false],
    ['MCP invalid params', made({ code: -32602 }), false],
    ['AI SDK, worth it', made({ name: 'AI_APICallError', isRetryable: true }), true],
    ['AI SDK, not worth it', made({ name: 'AI_APICallError', isRetryable: false, statusCode: 500 }), false],
    ['AI SDK, last of several', aiRetry({ statusCode: 400 }, { statusCode: 529 }), true],
    ['AI SDK, last of several no more', aiRetry({ statusCode: 529 }, { statusCode: 400 }), false],
    ['a serialization failure', made({ code: '40001' }), true],
    ['an unknown outcome', made({ name: 'OutcomeUnknownError', cause: { status: 503 } }), false],
    ['a 400 that a reset caused', made({ status: 400, cause: { code: 'ECONNRESET' } }), false],
  ];
}

function caused2(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}
