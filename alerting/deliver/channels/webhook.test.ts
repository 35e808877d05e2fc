import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { webhookPayloadSchema } from '#contracts/webhook';
import { alertMessage, describeChannel } from '../../../test/kit/channel-kit.ts';
import { type FakeWebhook, startFakeWebhook, type WebhookMood } from '../../../test/support/fake-webhook.ts';
import { createOutboundGuard } from '../../outbound/guard.ts';
import { createWebhookChannel, type WebhookOptions } from './webhook.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
let receiverNow = NOON;
let receiver: FakeWebhook;
beforeEach(async () => {
  receiverNow = NOON;
  receiver = await startFakeWebhook(() => receiverNow);
});
afterEach(() => receiver.close());

const channel = (over: Partial<WebhookOptions> = {}) =>
  createWebhookChannel({
    id: 'ch-1',
    name: 'Pager',
    url: receiver.url,
    secret: receiver.secret,
    authorization: 'Bearer tok-9f3b',
    guard: null,
    timeoutMs: 30_000,
    now: () => NOON,
    ...over,
  });

describeChannel('webhook', () => ({
  channel: channel(),
  received: () => receiver.payloads.map((payload) => JSON.stringify(payload)),
}));

describe('a request', () => {
  it('is signed, has its key and the authorization, and carries the alert', async () => {
    await channel().send(alertMessage({ messageId: 'm-7' }));
    expect(receiver.headers[0]).toMatchObject({
      'idempotency-key': 'm-7',
      authorization: 'Bearer tok-9f3b',
      'content-type': 'application/json',
      'telltale-signature': expect.stringMatching(/^t=1772452800,v1=[0-9a-f]{64}$/),
    });
    expect(receiver.payloads[0]).toMatchObject({
      version: 1,
      kind: 'alert',
      id: 'm-7',
      sentAt: '2026-03-02T12:00:00.000Z',
      alert: { transition: 'opened', count: 12, traces: 9, resolvedAt: null, versions: ['1.8.2'] },
    });
  });

  it('with another secret, or from another time, is refused by a receiver that checks', async () => {
    expect(await channel({ secret: 'another-secret-1234' }).send(alertMessage())).toMatchObject({ kind: 'failed' });
    receiverNow = NOON + 301_000;
    expect(await channel().send(alertMessage())).toMatchObject({ kind: 'failed', disables: true });
    expect(receiver.payloads).toHaveLength(0);
  });

  it('that is repeated after a lost answer counts once', async () => {
    receiver.answerWith({ status: 200 });
    await channel().send(alertMessage());
    await channel().send(alertMessage({ mayRepeat: true }));
    expect([receiver.requests(), receiver.payloads.length]).toEqual([2, 1]);
  });
});

describe('the answers of a webhook', () => {
  const answer = (mood: WebhookMood) => {
    receiver.answerWith(mood);
    return channel(mood === 'hang' ? { timeoutMs: 200 } : {}).send(alertMessage());
  };

  it.each([200, 201, 202, 204])('%i is sent', async (status) => {
    expect(await answer({ status })).toMatchObject({ kind: 'sent' });
  });

  it('says what the receiver said', async () => {
    expect(await answer({ status: 200, body: 'queued\r\nas \u001b[31m7' })).toEqual({
      kind: 'sent',
      said: 'The webhook answered 200 (queued as \\u{1b}[31m7).',
    });
  });

  it.each([
    [{ status: 429, retryAfter: '37' }, 37_000, false],
    [{ status: 429 }, 60_000, false],
    [{ status: 429, retryAfter: '999999' }, 3_600_000, false],
    [{ status: 503, retryAfter: 'Mon, 02 Mar 2026 12:02:00 GMT' }, 120_000, false],
    [{ status: 503, retryAfter: 'soon' }, null, false],
    [{ status: 500 }, null, true],
    [{ status: 504 }, null, true],
    [{ status: 408 }, null, true],
  ] as const)(
    '%j is tried again after %s ms; whether it may have arrived: %s',
    async (mood, afterMs, mayHaveArrived) => {
      expect(await answer(mood)).toMatchObject({ kind: 'retry', afterMs, mayHaveArrived });
    },
  );

  it.each(['hang', 'reset'] as const)('%s is tried again, with doubt whether it arrived', async (mood) => {
    expect(await answer(mood)).toMatchObject({ kind: 'retry', mayHaveArrived: true });
  });

  it.each([
    [301, true],
    [307, true],
    [401, true],
    [403, true],
    [404, true],
    [410, true],
    [400, false],
    [413, false],
    [422, false],
  ])('%i is final; for every message: %s', async (status, disables) => {
    expect(await answer({ status, location: 'http://127.0.0.1:1/' })).toMatchObject({ kind: 'failed', disables });
    expect(receiver.requests()).toBe(1);
  });

  it('bring no secret into a reason, even when they repeat it', async () => {
    const moods: WebhookMood[] = ['reset', { status: 500, body: `${receiver.secret} ${receiver.url} Bearer tok-9f3b` }];
    for (const mood of [...moods, { status: 200, body: receiver.secret }]) {
      const outcome = JSON.stringify(await answer(mood));
      for (const secret of [receiver.secret, 's3cr3t-path', 'tok-9f3b']) expect(outcome).not.toContain(secret);
    }
  });

  it('an address in a private network is never called', async () => {
    const guard = createOutboundGuard({ allow: [] });
    expect(await channel({ guard }).send(alertMessage())).toMatchObject({ kind: 'failed', disables: true });
    expect(receiver.requests()).toBe(0);
  });
});

describe('docs/webhook.md', () => {
  const text = readFileSync(new URL('../../../docs/webhook.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(
    (match) => JSON.parse(match[1] as string) as unknown,
  );

  it('shows the schema of the body as it is', () => {
    expect(blocks).toContainEqual(JSON.parse(JSON.stringify(z.toJSONSchema(webhookPayloadSchema))));
  });

  it('shows an example that is of that schema', () => {
    const examples = blocks.filter((block) => (block as { version?: unknown }).version === 1);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(webhookPayloadSchema.safeParse(example).error).toBeUndefined();
  });
});
