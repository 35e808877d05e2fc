import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorFacts, fingerprint, maskMessage } from './fingerprint.ts';

const facts: ErrorFacts = {
  projectId: 'default',
  agent: 'refund-desk',
  service: 'support-api',
  kind: 'tool',
  step: 'payments.refund',
  errorType: 'UpstreamTimeout',
  message: 'refund of order 48213 timed out after 8000 ms (request req_8fK2mQ91)',
};

describe('maskMessage', () => {
  it.each([
    ['order 48213 timed out after 8000 ms', 'order <n> timed out after <n>'],
    ['user 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 not found', 'user <uuid> not found'],
    ['POST https://api.example.com/v1/x?id=7 failed', 'POST <url> failed'],
    ['connect ECONNREFUSED 10.0.0.12:5432', 'connect ECONNREFUSED <ip>'],
    ['mail to ann@example.org bounced', 'mail to <email> bounced'],
    ['run run_a8Fk29Qz failed', 'run <id> failed'],
    ['trace 4bf92f3577b34da6a3ce929d0e0e4736 lost', 'trace <hex> lost'],
    ['\u001b[31mred\u001b[0m text\nline', 'red text line'],
  ])('%s becomes %s', (message, masked) => {
    expect(maskMessage(message)).toBe(masked);
  });

  it('keeps words, so different errors stay different', () => {
    expect(maskMessage('connection refused')).not.toBe(maskMessage('connection reset'));
  });

  it('is bounded and never throws, whatever the message', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), (text) => maskMessage(text).length <= 400));
  });
});

describe('fingerprint', () => {
  it('is equal for the same error with other numbers and ids', () => {
    const other = { ...facts, message: 'refund of order 7 timed out after 8.01 s (request req_Zz81mKp0)' };
    expect(fingerprint(other).fingerprint).toBe(fingerprint(facts).fingerprint);
  });

  it.each(['agent', 'kind', 'step', 'errorType', 'projectId'] as const)('differs by %s', (field) => {
    expect(fingerprint({ ...facts, [field]: 'other' }).fingerprint).not.toBe(fingerprint(facts).fingerprint);
  });

  it('takes the service where no agent is known', () => {
    const one = fingerprint({ ...facts, agent: '' });
    expect(fingerprint({ ...facts, agent: '', service: 'other' }).fingerprint).not.toBe(one.fingerprint);
    expect(fingerprint({ ...facts, service: 'other' }).fingerprint).toBe(fingerprint(facts).fingerprint);
  });
});
