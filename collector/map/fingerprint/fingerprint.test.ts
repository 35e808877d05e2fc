import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitStack } from '#domain/pattern/split-stack';
import { topFrame } from '#domain/pattern/top-frame';
import { ERROR_CLASSES, type ErrorClass, HELD_OUT } from '../../../test/support/error-classes.ts';
import { propertyRuns } from '../../../test/support/tier.ts';
import { type ErrorFacts, FINGERPRINT_VERSION, fingerprint } from './fingerprint.ts';
import { maskMessage } from './mask-message.ts';
import { unwrapJson } from './unwrap-json.ts';

const facts: ErrorFacts = {
  projectId: 'default',
  agent: 'refund-desk',
  service: 'support-api',
  kind: 'tool',
  step: 'payments.refund',
  errorType: 'UpstreamTimeout',
  message: 'refund of order 48213 timed out after 8000 ms (request req_8fK2mQ91)',
  stack: '',
  given: '',
};
const printOf = (message: string, more: Partial<ErrorFacts> = {}) =>
  fingerprint({ ...facts, message, ...more }).fingerprint;

/** Over all pairs of texts: of those merged, how many belong together; of those that belong together, how many are. */
function judge(classes: readonly ErrorClass[]) {
  const texts = classes.flatMap(({ name, variants }) => variants.map((text) => ({ name, print: printOf(text), text })));
  let merged = 0;
  let same = 0;
  let right = 0;
  const wrong: string[] = [];
  for (const [i, a] of texts.entries()) {
    for (const b of texts.slice(i + 1)) {
      if (a.print === b.print) merged++;
      if (a.name === b.name) same++;
      if (a.print === b.print && a.name === b.name) right++;
      else if (a.print === b.print || a.name === b.name) wrong.push(`${maskMessage(a.text)} | ${maskMessage(b.text)}`);
    }
  }
  return { precision: right / merged, recall: right / same, wrong };
}

describe('the classes of errors', () => {
  it.each([
    ['that the rules were written for', ERROR_CLASSES],
    ['held out', HELD_OUT],
  ])('%s come apart and together', (_which, classes) => {
    const { precision, recall, wrong } = judge(classes);
    expect(precision, wrong.join('\n')).toBeGreaterThanOrEqual(0.99);
    expect(recall, wrong.join('\n')).toBeGreaterThanOrEqual(0.9);
  });

  it('are many', () => {
    expect(new Set(ERROR_CLASSES.map(({ name }) => name)).size).toBeGreaterThanOrEqual(60);
  });
});

describe('maskMessage', () => {
  it('leaves out only patterns that would have found nothing', () => {
    const everything = () => -1;
    for (const { variants } of [...ERROR_CLASSES, ...HELD_OUT])
      for (const text of variants) expect(maskMessage(text)).toBe(maskMessage(text, everything));
    const piece = fc.oneof(
      fc.constantFrom(
        'https://a.b/c?d=1',
        'x@y.de',
        '10:22:01',
        '2026-11-25T10:00:00Z',
        '25 Nov 2026',
        '::1',
        '10.0.0.1:80',
        '/a/b/c',
        'C:\\temp\\x',
        '0xff',
        'req_8fK2mQ91',
        'order-<n>',
        "'tool x'",
        '"a b c d e"',
        'ERR_X',
        'SQLSTATE 23505',
        'code 429',
        'request id: abcd',
        'tool foo',
        '8fK2mQ91',
        '12 ms',
        'deadbeef01',
        'arn:aws:s3:::a/b',
        'a.b.example.com',
        'near "x y"',
        'invalid: "x"',
        'sk-ab****cd',
        '« é »',
        '“a”',
        '/é/中',
        'Deadline exceeded after 1s',
        'Text: a Error',
        'Command failed: sh x',
        '\n ^\n',
      ),
      fc.string({ maxLength: 12 }),
      fc.string({ maxLength: 12, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join(' ');
        expect(maskMessage(text)).toBe(maskMessage(text, everything));
      }),
      { numRuns: propertyRuns(200, 1000) },
    );
  });

  it.each([
    ['order 48213 timed out after 8000 ms', 'order <n> timed out after <n>'],
    ['user 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 not found', 'user <id> not found'],
    ['POST https://eu.api.example.com/v1/x?id=7 failed', 'POST <url example.com> failed'],
    ['connect ECONNREFUSED 10.0.0.12:5432', 'connect ECONNREFUSED <ip>'],
    ['mail to ann@example.org bounced', 'mail to <email> bounced'],
    ['run run_a8Fk29Qz failed', 'run <id> failed'],
    ['trace 4bf92f3577b34da6a3ce929d0e0e4736 lost', 'trace <id> lost'],
    ['\u001b[31mred\u001b[0m text\nline', 'red text line'],
    ['lost 1, 2, 3, 4', 'lost <n>'],
    ['he wrote "where is my order please"', 'he wrote <text>'],
    ['MCP error -32602: bad', 'MCP error -32602: bad'],
    ['Request failed with status code 429', 'Request failed with status code 429'],
    ['table orders_2: SQLSTATE 23505', 'table orders_2: SQLSTATE 23505'],
  ])('%s becomes %s', (message, masked) => {
    expect(maskMessage(message)).toBe(masked);
  });

  it('is bounded and well-formed, whatever the message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), (text) => {
        const masked = maskMessage(text);
        return masked.length <= 400 && masked.isWellFormed();
      }),
      { numRuns: 60 },
    );
  });

  it('sees only the start of a long message, so it cannot be slow', () => {
    for (const part of [
      'a',
      '1',
      '-',
      '"',
      "'",
      '/a',
      '{"a":',
      '1.',
      'a@',
      'req_',
      '::',
      '\ue000',
      '\\',
      'tool ',
      ' ',
      '*',
      '«',
      '“a',
      '\n',
      '\n ^',
      'near "',
      'invalid : "',
      'a.b.',
      'arn:a:b:',
    ])
      expect(maskMessage(part.repeat(100_000))).toBe(maskMessage(part.repeat(100_000).slice(0, 2000)));
  });
});

describe('unwrapJson', () => {
  it('keeps what names the error', () => {
    const body = '{"error":{"message":"no","code":"c1","type":"t1","param":"x"},"request_id":"r"}';
    expect(unwrapJson(`400 ${body}`)).toBe('400 type t1 code c1 no');
  });

  it('gives back what it does not understand', () => {
    for (const text of ['{not json}', '{"a":1}', '}{', '[Errno 1] x', '{"__proto__":{"message":"x"}}'])
      expect(unwrapJson(text)).toBe(text);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 8 }), (json) => typeof unwrapJson(json) === 'string'));
  });
});

describe('topFrame', () => {
  const node = [
    'Error: boom',
    '    at Object.callTool (/srv/app/src/tools.ts:12:9)',
    '    at fetch (/srv/app/node_modules/undici/index.js:1:1)',
    '    at process.processTicks (node:internal/process/task_queues:95:5)',
    '    at async runAgent (file:///srv/app/dist/main.8f3a2b1c.js?v=3:99:1)',
    '    at /srv/app/src/index.ts:1:1',
    '    at last (/srv/app/src/never.ts:1:1)',
  ].join('\n');

  it('takes the innermost of Node in own code', () => {
    expect(topFrame(node)).toBe('callTool tools.ts');
    expect(topFrame(node.split('\n').slice(3).join('\n'))).toBe('runAgent main.js');
    expect(topFrame(node.split('\n').slice(5).join('\n'))).toBe(' index.ts');
  });

  it('takes the innermost of Python, which come last', () => {
    const stack =
      'Traceback (most recent call last):\n  File "/app/main.py", line 3, in main\n    run()\n  File "/usr/lib/python3.12/site-packages/openai/x.py", line 1, in post\n  File "/app/tools.py", line 8, in call\n    x\nValueError: no';
    expect(topFrame(stack)).toBe('call tools.py');
    expect(splitStack(stack, '')).toEqual({ message: 'ValueError: no', stack });
  });

  it('reads hostile traces in one pass', () => {
    for (const part of [
      '    at ',
      '\n    at (',
      '  File "',
      '(',
      'Traceback (most recent call last)\n',
      '\n',
      '\nCaused by: ',
    ]) {
      const { stack } = splitStack('x', part.repeat(20_000));
      expect(stack.length).toBeLessThan(32_002);
      expect(topFrame(stack).length).toBeLessThan(2000);
    }
  });
});

describe('fingerprint', () => {
  it('is version 2', () => {
    expect(FINGERPRINT_VERSION).toBe(2);
  });

  it.each(['agent', 'kind', 'step', 'errorType', 'projectId', 'message'] as const)('differs by %s', (field) => {
    expect(fingerprint({ ...facts, [field]: 'other' }).fingerprint).not.toBe(fingerprint(facts).fingerprint);
  });

  it('takes the service where no agent is known', () => {
    const one = fingerprint({ ...facts, agent: '' });
    expect(fingerprint({ ...facts, agent: '', service: 'other' }).fingerprint).not.toBe(one.fingerprint);
    expect(fingerprint({ ...facts, service: 'other' }).fingerprint).toBe(fingerprint(facts).fingerprint);
  });

  it('differs by where it was thrown, not by line or machine', () => {
    const at = (place: string) => printOf('boom', { stack: `Error: boom\n    at ${place}` });
    expect(at('run (/a/x.ts:1:2)')).toBe(at('run (/b/c/x.ts:77:1)'));
    expect(at('run (/a/x.ts:1:2)')).not.toBe(at('stop (/a/x.ts:1:2)'));
  });

  it("takes the sender's word for which errors are the same", () => {
    expect(printOf('one thing', { given: 'g' })).toBe(printOf('another', { given: 'g', stack: 'x' }));
    expect(printOf('one thing', { given: 'g' })).not.toBe(printOf('one thing', { given: 'h' }));
  });

  it('masks digits in the step', () => {
    expect(printOf('x', { step: 'worker-12' })).toBe(printOf('x', { step: 'worker-7' }));
  });
});
