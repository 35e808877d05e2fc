import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSlack, startFakeSlack } from './fake-slack.ts';

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFakeSlack();
});
afterEach(() => slack.close());

async function post(body: unknown, contentType = 'application/json', url = slack.webhookUrl) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body: text });
  return `${response.status} ${await response.text()}`;
}
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

describe('the fake Slack server', () => {
  it('says ok to a good message and keeps it', async () => {
    expect(await post({ text: 'hello', blocks: [section('hello')] })).toBe('200 ok');
    expect(slack.posts).toEqual([{ text: 'hello', blocks: [section('hello')] }]);
  });

  it.each([
    ['a body that is not JSON', '{', 'application/json', '400 invalid_payload'],
    ['another content type', { text: 'x' }, 'text/plain', '400 invalid_payload'],
    ['neither text nor blocks', {}, 'application/json', '400 no_text'],
    [
      'a section over 3,000 characters',
      { blocks: [section('x'.repeat(3001))] },
      'application/json',
      '400 invalid_blocks',
    ],
    ['an empty text', { blocks: [section('')] }, 'application/json', '400 invalid_blocks'],
    ['51 blocks', { blocks: Array(51).fill({ type: 'divider' }) }, 'application/json', '400 invalid_blocks'],
    ['an unknown block', { blocks: [{ type: 'banner' }] }, 'application/json', '400 invalid_blocks'],
  ])('refuses %s', async (_what, body, contentType, answer) => {
    expect(await post(body, contentType)).toBe(answer);
    expect(slack.posts).toEqual([]);
  });

  it('knows one webhook only', async () => {
    expect(await post({ text: 'x' }, 'application/json', slack.webhookUrl.slice(0, -1))).toBe('404 no_service');
  });
});
