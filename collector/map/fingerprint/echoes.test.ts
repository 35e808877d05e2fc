import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootCause } from '#domain/pattern/split-stack';
import { cutEchoes } from './echoes.ts';
import { type ErrorFacts, fingerprint } from './fingerprint.ts';
import { maskMessage } from './mask-message.ts';

describe('cutEchoes', () => {
  it.each([
    [`Unexpected token 'S', "Sorry, I c"... is not valid JSON`, 'Unexpected token <text>, this is not valid JSON'],
    [`Unexpected token '<', "<!DOCTYPE "... is not valid JSON`, 'Unexpected token <, this is not valid JSON'],
    ['Unexpected token \'`\', "```json\n{""... is not valid JSON', 'Unexpected token `, this is not valid JSON'],
    [
      'Map keys must be unique at line 15, column 1:\n\nstep: QWyX\nstep: Wuyv\n^\n',
      'Map keys must be unique at line 15, column 1:\n',
    ],
    ['bad line\n  x = = 2\n      ^', 'bad line\n'],
    [
      'Failed to parse. Text: "I am sorry". Error: SyntaxError: no',
      'Failed to parse. Text: <text> Error: SyntaxError: no',
    ],
    ['Command failed: convert a.pdf b.png\nno decode delegate', 'Command failed: convert\nno decode delegate'],
    ['Command failed with exit code 2: convert a.pdf', 'Command failed with exit code 2: convert'],
    ['"undefined" is not valid JSON', '"undefined" is not valid JSON'],
    ['a ^ b', 'a ^ b'],
  ])('%s', (message, cut) => {
    expect(cutEchoes(message)).toBe(cut);
  });

  it('leaves other messages alone, and never makes one longer by more than two masks', () => {
    const piece = fc.constantFrom(
      'Text: ',
      'Error',
      '\n',
      '^',
      ' ',
      'a',
      'Command failed: ',
      ' is not valid JSON',
      'Unexpected token ',
      "'",
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        (pieces) => cutEchoes(pieces.join('')).length <= pieces.join('').length + 30,
      ),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-ascii' }),
        (text) => /Text: |\^|Command|JSON/.test(text) || cutEchoes(text) === text,
      ),
    );
  });
});

describe('rootCause', () => {
  it.each([
    [
      'our SDK',
      'TypeError: fetch failed\n    at f (a.ts:1:1)\nCaused by: Error: other\n    at g (b.ts:1:1)\nCaused by: Error: connect ECONNREFUSED 10.0.0.1:80\n    at h',
      'connect ECONNREFUSED 10.0.0.1:80',
    ],
    [
      'Node',
      'TypeError: fetch failed\n    at f (a.ts:1:1) {\n  [cause]: SocketError: other side closed\n      at g (b.ts:1:1) {\n    code: 1',
      'SocketError: other side closed',
    ],
    ['Node without frames', 'x {\n  [cause]: Error: read ECONNRESET {\n', 'read ECONNRESET'],
    [
      'Python',
      'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File "b.py", line 1, in g\nToolError: no',
      'KeyError: 1',
    ],
    ['a trace without a chain', 'Error: boom\n    at f (a.ts:1:1)', ''],
    ['nothing', '', ''],
  ])('reads the chain of %s', (_who, stack, cause) => {
    expect(rootCause(stack)).toBe(cause);
  });

  it('is bounded, whatever the trace', () => {
    const piece = fc.constantFrom(
      '\nCaused by: ',
      '[cause]: ',
      '\n    at ',
      'The above exception was the direct cause',
      '\n',
      ' {',
      'x'.repeat(600),
      'Error: ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => typeof rootCause(pieces.join('')) === 'string'),
    );
    expect(rootCause(`\nCaused by: ${'x'.repeat(5000)}`)).toHaveLength(500);
  });
});

describe('the fingerprint of a vague message', () => {
  const facts: ErrorFacts = {
    projectId: 'p',
    agent: 'a',
    service: '',
    kind: 'tool',
    step: 't',
    errorType: 'TypeError',
    message: 'fetch failed',
    stack: '',
    given: '',
  };
  const because = (cause: string, message = 'fetch failed') =>
    fingerprint({
      ...facts,
      message,
      stack: `TypeError: ${message}\n    at load (/srv/app/src/a.ts:1:1)\nCaused by: Error: ${cause}\n    at x (node:net:1:1)`,
    });

  it('differs by its first cause, whose address does not matter', () => {
    expect(because('connect ECONNREFUSED 10.0.0.1:80')).toEqual(because('connect ECONNREFUSED 10.0.0.2:443'));
    expect(because('connect ECONNREFUSED 10.0.0.1:80').fingerprint).not.toBe(because('read ECONNRESET').fingerprint);
    expect(because('read ECONNRESET').template).toBe('fetch failed (cause: read ECONNRESET)');
  });

  it('ends where a message says enough itself', () => {
    const long = 'the order service refused to cancel this order';
    expect(because('one thing', long).fingerprint).toBe(because('another', long).fingerprint);
  });

  it('takes a model and its dated release for one', () => {
    const of = (step: string) => fingerprint({ ...facts, step }).fingerprint;
    expect(of('gpt-4.1')).toBe(of('gpt-4.1-2025-04-14'));
    expect(of('gpt-4.1')).not.toBe(of('gpt-4.1-mini'));
  });
});

describe('maskMessage, version 2', () => {
  it.each([
    ['open /var/lib/agent/客户/brief-12.json', 'open <path>'],
    ['queryA ESERVFAIL eu-351.crm.example.com', 'queryA ESERVFAIL <host example.com>'],
    ['order.items.at is not a function', 'order.items.at is not a function'],
    ['getaddrinfo ENOTFOUND orders.prod.svc', 'getaddrinfo ENOTFOUND orders.prod.svc'],
    ['key sk-ab12********f7Qz is wrong', 'key <id> is wrong'],
    ['User arn:aws:iam::123456789012:user/x may not', 'User <arn> may not'],
    ['syntax error at or near "GROUP"', 'syntax error at or near <text>'],
    ['invalid input syntax for type uuid: "twelve"', 'invalid input syntax for type uuid: <text>'],
    ['Missing variable: "OPENAI_API_KEY"', 'Missing variable: "OPENAI_API_KEY"'],
    ['ids without blocks: toolu_011SGxZCNuQNea862Zth5uoB', 'ids without blocks: <id>'],
    ['tool refund failed', 'tool refund failed'],
    ['contrat de « Ann Smith » fini', 'contrat de <text> fini'],
    ['la contrainte « orders_pkey »', 'la contrainte « orders_pkey »'],
    ["customer 'Ann Smith' unknown", 'customer <text> unknown'],
    ["name 'ann_smith' unknown", "name 'ann_smith' unknown"],
    [
      '4 DEADLINE_EXCEEDED: Deadline exceeded after 0.1s,LB pick: 0.02s',
      '<n> DEADLINE_EXCEEDED: Deadline exceeded after <n>',
    ],
    ['CRM answered 404: gone', 'CRM answered 404: gone'],
  ])('%s becomes %s', (message, masked) => {
    expect(maskMessage(message)).toBe(masked);
  });
});
