// What every channel must do, whatever its protocol. A channel's own test calls this once.
import { describe, expect, it } from 'vitest';
import type { AlertMessage, Channel, DigestMessage, GroupMessage } from '../../alerting/deliver/channels/channel.ts';

export interface ChannelUnderTest {
  readonly channel: Channel;
  /** Only mail does. */
  readonly takesDigests?: boolean;
  /** All that the receiver has got so far, as one text per message. */
  received(): readonly string[];
}

export const TRACE_IDS = ['4bf92f3577b34da6a3ce929d0e0e4736', '0af7651916cd43dd8448eb211c80319c'] as const;

const INCIDENT = 'https://telltale.example/incidents/3f2a9c1d5e6b7a80';

export function alertMessage(fields: Partial<AlertMessage> = {}): AlertMessage {
  return {
    kind: 'alert',
    messageId: 'messageId-1',
    transition: 'opened',
    incidentId: '3f2a9c1d5e6b7a80',
    incidentKind: 'pattern',
    title: '12 similar errors in lookup_order',
    measure: '12 similar errors in 14 minutes',
    agent: 'support-agent',
    step: 'lookup_order',
    errorType: 'TimeoutError',
    message: 'order <num> timed out after <num> ms',
    count: 12,
    traces: 9,
    firstSeen: new Date('2026-03-02T12:00:00.000Z'),
    lastSeen: new Date('2026-03-02T12:14:00.000Z'),
    resolvedAt: null,
    agents: ['support-agent'],
    versions: ['1.8.2'],
    tools: ['lookup_order'],
    models: [],
    examples: TRACE_IDS.map((traceId) => ({
      traceId,
      url: `https://telltale.example/traces/${traceId}`,
      headline: 'lookup_order timed out three times',
    })),
    firstStep: 'Check the order service.',
    urls: { incident: INCIDENT, acknowledge: `${INCIDENT}?do=ack`, mute: `${INCIDENT}?do=mute` },
    mayRepeat: false,
    ...fields,
  };
}

export function groupMessage(fields: Partial<GroupMessage> = {}): GroupMessage {
  const parts = Array.from({ length: 7 }, (_, i) =>
    alertMessage({ incidentId: `incident-${i}`, title: `${20 - i} similar errors in step_${i}`, agent: `agent-${i}` }),
  );
  return {
    kind: 'group',
    messageId: 'group-1',
    mayRepeat: false,
    parts,
    url: 'https://telltale.example/incidents',
    ...fields,
  };
}

export function digestMessage(fields: Partial<DigestMessage> = {}): DigestMessage {
  return {
    kind: 'digest',
    messageId: 'digest-1',
    mayRepeat: false,
    subject: 'prod: all quiet',
    text: 'All quiet.',
    html: '<p>All quiet.</p>',
    to: null,
    unsubscribeUrl: null,
    ...fields,
  };
}

const LONG = `${'<&>'.repeat(20_000)}\u{1F4A5}`;
const HOSTILE: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a long text', LONG],
  ['control characters', 'a\u0000b\u0007\u001b[2J\u001b]0;owned\u0007\r\nALERT 99 similar errors'],
  ['reversed and invisible text', '\u202egnp.exe\u2066\u200b\ufeff'],
  ['half a character', '\ud83d'],
  ['markup of many kinds', '<!channel> <@U123> <https://evil.example|click> ``` *b* _i_ &lt; "quotes" \' \\'],
];

/** @param open gives a channel whose receiver accepts everything */
export function describeChannel(name: string, open: () => ChannelUnderTest | Promise<ChannelUnderTest>): void {
  describe(`the ${name} channel, as every channel,`, () => {
    it('sends one message per call and says so', async () => {
      const { channel, received } = await open();
      expect(await channel.send(alertMessage())).toMatchObject({ kind: 'sent' });
      expect(received()).toHaveLength(1);
      expect(await channel.send(alertMessage({ messageId: 'message-2' }))).toMatchObject({ kind: 'sent' });
      expect(received()).toHaveLength(2);
    });

    it('says how many, in how long, where, what, and links an example run', async () => {
      const { channel, received } = await open();
      await channel.send(alertMessage());
      const text = received().join();
      for (const fact of ['12 similar errors', '14 minutes', 'support-agent', 'lookup_order', 'TimeoutError']) {
        expect(text).toContain(fact);
      }
      expect(text).toContain('timed out after');
      expect(text).toContain(`https://telltale.example/traces/${TRACE_IDS[0]}`);
    });

    it('says when it is already over', async () => {
      const { channel, received } = await open();
      await channel.send(alertMessage({ resolvedAt: new Date('2026-03-02T13:05:00.000Z') }));
      expect(received().join()).toMatch(/over since.*2026-03-02 13:05 UTC|resolvedAt":"2026-03-02T13:05/i);
    });

    it('names the worst five of a group, and how many there are', async () => {
      const { channel, received } = await open();
      expect(await channel.send(groupMessage())).toMatchObject({ kind: 'sent' });
      const text = received().join();
      expect(text).toContain('7 incidents');
      for (const i of [0, 1, 2, 3, 4]) expect(text).toContain(`similar errors in step_${i}`);
      for (const i of [5, 6]) expect(text).not.toContain(`step_${i}`);
      expect(text).toContain('https://telltale.example/incidents');
    });

    it.each([
      ['grown', 'Growing: '],
      ['spread', 'Spreading: '],
      ['reminder', 'Still firing: '],
      ['reopened', 'Again: '],
    ] as const)('says why an incident is sent again: %s', async (transition, words) => {
      const { channel, received } = await open();
      await channel.send(alertMessage({ transition }));
      expect(received().join()).toContain(words);
    });

    it('says when it may be a repeat', async () => {
      const { channel, received } = await open();
      await channel.send(alertMessage({ mayRepeat: true }));
      expect(received().join()).toMatch(/possible repeat|may be a repeat|"mayRepeat":true/);
    });

    it('sends a test, and what happens to Telltale itself', async () => {
      const { channel, received } = await open();
      const url = 'https://telltale.example/settings/channels';
      const test = { kind: 'test', messageId: 't', mayRepeat: false, channelName: 'Ops', url } as const;
      expect(await channel.send(test)).toMatchObject({ kind: 'sent', said: expect.any(String) });
      const lines = ['Slack answered 404 (no_service).', 'Create a new incoming webhook.'];
      const notice = { kind: 'notice', messageId: 'n', mayRepeat: false, title: 'Slack is off', lines, url } as const;
      expect(await channel.send(notice)).toMatchObject({ kind: 'sent' });
      for (const words of ['Ops', 'Slack is off', ...lines, url]) expect(received().join()).toContain(words);
    });

    it('takes a digest only when it is made for that', async () => {
      const { channel, received, takesDigests = false } = await open();
      const outcome = await channel.send(digestMessage());
      expect(outcome).toMatchObject(takesDigests ? { kind: 'sent' } : { kind: 'failed', disables: false });
      expect(received()).toHaveLength(takesDigests ? 1 : 0);
    });

    it('reports a pattern that has no example run left', async () => {
      const { channel } = await open();
      expect(await channel.send(alertMessage({ examples: [] }))).toMatchObject({ kind: 'sent' });
    });

    it.each(HOSTILE)('sends %s in any field, and obeys none of it', async (_what, text) => {
      const { channel, received } = await open();
      const message = alertMessage({ agent: text, step: text, errorType: text, message: text });
      expect(await channel.send(message)).toMatchObject({ kind: 'sent' });
      expect(received()).toHaveLength(1);
      expect(received().join()).not.toMatch(/(?!\n)[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u);
    });
  });
}
