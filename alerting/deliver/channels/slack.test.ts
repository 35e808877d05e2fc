import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertMessage, describeChannel, TRACE_IDS } from '../../../test/kit/channel-kit.ts';
import { type FakeSlack, type SlackMood, startFakeSlack } from '../../../test/support/fake-slack.ts';
import { createOutboundGuard, type OutboundGuard } from '../../outbound/guard.ts';
import { createSlackChannel } from './slack.ts';

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFakeSlack();
});
afterEach(() => slack.close());

const slackAt = (webhookUrl: string, timeoutMs = 30_000, guard: OutboundGuard | null = null) =>
  createSlackChannel({
    id: 'env-slack',
    name: 'Slack',
    webhookUrl,
    guard,
    setting: 'SLACK_WEBHOOK_URL',
    timeoutMs,
    now: () => Date.parse('2026-03-02T12:15:00.000Z'),
  });
const channel = (timeoutMs?: number) => slackAt(slack.webhookUrl, timeoutMs);

/** Every text of the last message, as Slack would lay it out. */
function textsOf(post: unknown): string[] {
  if (typeof post === 'string') return [];
  if (Array.isArray(post)) return post.flatMap(textsOf);
  if (typeof post !== 'object' || post === null) return [];
  return Object.entries(post).flatMap(([key, value]) =>
    key === 'text' && typeof value === 'string' ? [value] : textsOf(value),
  );
}

describeChannel('Slack', () => ({
  channel: channel(),
  received: () => slack.posts.map((post) => textsOf(post).join('\n')),
}));

describe('a Slack message', () => {
  it('has the masked message, three links, the time and a first step', async () => {
    await channel().send(alertMessage());
    expect(slack.posts[0]).toEqual({
      text: '12 similar errors in lookup_order: 12 similar errors in 14 minutes, support-agent TimeoutError order &lt;num&gt; timed out after &lt;num&gt; ms',
      unfurl_links: false,
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '12 similar errors in lookup_order' } },
        mrkdwn(
          '*12 similar errors in 14 minutes* in 9 runs, since <!date^1772452800^{date_short_pretty} {time}|2026-03-02 12:00 UTC>.',
        ),
        {
          type: 'section',
          fields: [
            '*Agent*\nsupport-agent',
            '*Step*\nlookup_order',
            '*Error*\nTimeoutError',
            '*Versions*\n1.8.2',
            '*Tools*\nlookup_order',
          ].map((text) => mrkdwn(text).text),
        },
        mrkdwn('```order &lt;num&gt; timed out after &lt;num&gt; ms```'),
        mrkdwn(
          `*Example runs:* ${TRACE_IDS.map((id) => `\n• <https://telltale.example/traces/${id}|run ${id.slice(0, 8)}> lookup_order timed out three times`).join('')}`,
        ),
        mrkdwn('*First step:* Check the order service.'),
        mrkdwn(
          ['Open the incident', '?do=ack|Acknowledge', '?do=mute|Mute']
            .map((end) => `<https://telltale.example/incidents/3f2a9c1d5e6b7a80${end.includes('|') ? end : `|${end}`}>`)
            .join(' · '),
        ),
      ],
    });
  });

  it('contains no mention and no link that came from a span', async () => {
    const text = '<!channel> <!here> <@U1> <#C1> <https://evil.example|trace> ``` &amp;';
    await channel().send(
      alertMessage({
        agent: text,
        step: text,
        errorType: text,
        message: text,
        examples: [],
        urls: { incident: 'https://t.example/i', acknowledge: 'https://t.example/a', mute: 'https://t.example/m' },
      }),
    );
    const whole = textsOf(slack.posts[0]).join('\n');
    expect([...whole.matchAll(/<[^>]*>/g)].filter(([tag]) => !/^<(!date\^|https:\/\/t\.example\/)/.test(tag))).toEqual(
      [],
    );
    expect(whole.match(/```/g)).toHaveLength(2);
    expect(whole).toContain('&amp;amp;');
  });

  it('says when it may be a repeat', async () => {
    await channel().send(alertMessage({ mayRepeat: true }));
    expect(textsOf(slack.posts[0]).join()).toContain('(possible repeat)');
  });
});

describe('the answers of Slack', () => {
  const answer = async (mood: SlackMood) => {
    slack.answerWith(mood);
    return channel(mood === 'hang' ? 100 : undefined).send(alertMessage());
  };

  it('429 is tried again after the time Slack asks for', async () => {
    expect(await answer({ rateLimitedSeconds: 37 })).toMatchObject({
      kind: 'retry',
      afterMs: 37_000,
      mayHaveArrived: false,
    });
  });

  it.each(['server_error', 'accepted_then_error', 'hang', 'reset'] as const)(
    '%s is tried again, with doubt whether it arrived',
    async (mood) => {
      expect(await answer(mood)).toMatchObject({ kind: 'retry', afterMs: null, mayHaveArrived: true });
    },
  );

  it('no answer at all is tried again', async () => {
    const nobody = channel();
    await slack.close();
    expect(await nobody.send(alertMessage())).toEqual({
      kind: 'retry',
      afterMs: null,
      mayHaveArrived: false,
      reason: 'Slack did not answer (ECONNREFUSED).',
    });
  });

  it.each(['invalid_token', 'no_service', 'channel_is_archived', 'gone', 'redirect'] as const)(
    '%s is final and says what to do',
    async (mood) => {
      const outcome = await answer(mood);
      expect(outcome).toMatchObject({ kind: 'failed', disables: true });
      expect(slack.requests()).toBe(1);
      expect(JSON.stringify(outcome)).toContain('SLACK_WEBHOOK_URL');
    },
  );

  it('invalid_payload is about this message alone', async () => {
    expect(await answer('invalid_payload')).toMatchObject({ kind: 'failed', disables: false });
  });

  it('an endless reply is not read to its end', async () => {
    expect(await answer('huge')).toMatchObject({ kind: 'sent' });
  });

  it('an address that leads into a private network is refused, and is not called', async () => {
    const guarded = slackAt(slack.webhookUrl, 30_000, createOutboundGuard({ allow: [] }));
    expect(await guarded.send(alertMessage())).toMatchObject({ kind: 'failed', disables: true });
    expect(slack.requests()).toBe(0);
  });

  it('none of them shows the address of the webhook', async () => {
    const moods: SlackMood[] = ['no_service', 'server_error', 'hang', 'reset', { rateLimitedSeconds: 1 }];
    for (const mood of moods) expect(JSON.stringify(await answer(mood))).not.toContain(slack.secret);
    const malformed = slackAt(`not an address ${slack.secret}`);
    const outcome = await malformed.send(alertMessage());
    expect(outcome.kind).toBe('retry');
    expect(JSON.stringify(outcome)).not.toContain(slack.secret);
  });
});

function mrkdwn(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}
