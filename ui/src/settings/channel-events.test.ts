import { expect, it } from 'vitest';
import type { ChannelEvent } from '#contracts/channel-view';
import { aboutOf, detailOf, hrefOf } from './channel-events.ts';

const event = (over: Partial<ChannelEvent>): ChannelEvent => ({
  at: '2026-11-20T08:00:00.000Z',
  channel: 'env-slack',
  subject: 'incident:3f2a',
  transition: 'opened',
  status: 'sent',
  attempts: 1,
  lastError: null,
  ...over,
});

it('says what a message was about, and links to it', () => {
  expect([aboutOf(event({})), hrefOf(event({}))]).toEqual(['alert', '/incidents/3f2a']);
  const digest = event({ subject: 'digest:2026-11-20:env-1', transition: 'digest' });
  expect([aboutOf(digest), hrefOf(digest)]).toEqual(['digest of 2026-11-20', '/digests/2026-11-20']);
  const notice = event({ subject: 'notice:channel:env-slack', transition: 'disabled' });
  expect([aboutOf(notice), hrefOf(notice)]).toEqual(['notice', null]);
});

it('says what happens to one that was not delivered', () => {
  expect(detailOf(event({}))).toBe('');
  expect(detailOf(event({ status: 'owed', attempts: 2, lastError: 'Slack answered 500.' }))).toBe(
    '2 attempts, will be retried. Slack answered 500.',
  );
  expect(detailOf(event({ status: 'failed', lastError: 'No such user.' }))).toBe('given up. No such user.');
});
