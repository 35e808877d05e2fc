// The API of digests and recipients, and the two pages that a reader of the mail may meet.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Recipient } from '#contracts/digest';
import { putRecipient, unsubscribeToken } from '#storage/recipients';
import { startTestApi, type TestApi } from '../test/support/query-api.ts';
import { at, insertSpans, NOW_MS, SECOND, span } from '../test/support/span-rows.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await insertSpans(api.db, [
    span(1, 1, { duration_ns: String(SECOND), agent: 'refund-desk', received_at: at(0).slice(0, 23) }),
  ]);
});
afterAll(() => api.close());

const send = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(api.url + path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('digests', () => {
  it('are unknown until they are written; then they are listed, and answer as data, HTML and text', async () => {
    expect(await api.get('/api/digests/2026-11-20')).toMatchObject({
      status: 404,
      body: { error: { code: 'digest_not_found' } },
    });
    const written = await send('POST', '/api/digests/2026-11-20', {});
    expect(written).toMatchObject({ status: 200, body: { sentTo: null, digest: { numbers: { runs: 1 } } } });
    expect(await api.get('/api/digests')).toMatchObject({
      body: {
        digests: [{ date: '2026-11-20', form: 'daily', timeZone: 'UTC' }],
        mail: { isSetUp: false, at: '08:00' },
      },
    });
    const { body } = await api.get('/api/digests/2026-11-20?form=daily&timeZone=UTC');
    expect(body).toMatchObject({
      html: expect.stringContaining('<!doctype html>'),
      text: expect.stringContaining('1 run'),
    });
  });

  it('are shown as the mail on a page where it can do nothing', async () => {
    const response = await fetch(`${api.url}/api/digests/2026-11-20/mail`);
    expect(response.headers.get('content-type')).toMatch(/text\/html/);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain('sandbox');
    expect(policy).not.toContain('allow-scripts');
    expect(policy).not.toContain('allow-same-origin');
  });

  it('say what is wrong with a request', async () => {
    const code = async (answer: Promise<{ status: number; body: unknown }>) => {
      const { status, body } = await answer;
      return [status, (body as { error: { code: string } }).error.code];
    };
    expect(await code(api.get('/api/digests/2026-02-30'))).toEqual([400, 'bad_request']);
    expect(await code(send('POST', '/api/digests/2026-11-23', {}))).toEqual([409, 'day_not_begun']);
    expect(await code(send('POST', '/api/digests/2026-11-20', { to: 'a@example.org' }))).toEqual([
      409,
      'mail_not_set_up',
    ]);
    expect(await code(send('POST', '/api/digests/2026-11-20', { to: 'a@example.org, b@example.org' }))).toEqual([
      400,
      'bad_request',
    ]);
    expect(await code(send('POST', '/api/digests/2026-11-20', { timeZone: 'Mars/Olympus' }))).toEqual([
      400,
      'bad_request',
    ]);
  });
});

const ines = { address: 'ines@example.org', timeZone: 'Europe/Paris', at: '07:30' };

describe('recipients', () => {
  it('are added, changed and deleted, each address once per form', async () => {
    const { body: added } = await send('POST', '/api/recipients?by=Ada', ines);
    expect(added).toMatchObject({ ...ines, form: 'daily', enabled: true, isFromEnvironment: false, last: null });
    expect(await send('POST', '/api/recipients', { ...ines, address: 'INES@example.org' })).toMatchObject({
      status: 409,
    });
    const changed = await send('PUT', `/api/recipients/${added.id}`, { ...ines, form: 'weekly', weekday: 5 });
    expect(changed.body).toMatchObject({ form: 'weekly', weekday: 5 });
    expect(await send('DELETE', `/api/recipients/${added.id}`)).toMatchObject({ body: { deleted: true } });
    expect(await send('DELETE', `/api/recipients/${added.id}`)).toMatchObject({ status: 404 });
  });

  it('take one plain address, a time and a zone that exist', async () => {
    for (const wrong of [
      { address: 'a@example.org\r\nBcc: b@example.org' },
      { address: '"x"<a@example.org>' },
      { at: '25:00' },
      { timeZone: 'Nowhere' },
      { weekday: 8 },
    ])
      expect(await send('POST', '/api/recipients', { ...ines, ...wrong })).toMatchObject({ status: 400 });
  });

  it('of the environment can be turned off and not deleted', async () => {
    const value = { ...RECIPIENT, address: 'env@example.org' };
    await putRecipient(api.db, 'default', 'env-1', value, 'the environment', NOW_MS);
    expect(await send('DELETE', '/api/recipients/env-1')).toMatchObject({ status: 409 });
    const off = await send('PUT', '/api/recipients/env-1', { address: 'env@example.org', enabled: false });
    expect(off.body).toMatchObject({ enabled: false, isFromEnvironment: true });
  });
});

const RECIPIENT: Recipient = {
  address: 'otto@example.org',
  projects: [],
  form: 'daily',
  timeZone: 'UTC',
  at: '08:00',
  weekday: 1,
  enabled: true,
  unsubscribedAt: null,
  since: '2026-11-01T00:00:00.000Z',
};

describe('the way out', () => {
  const link = async () => {
    await putRecipient(api.db, 'default', 'otto', RECIPIENT, 'test', NOW_MS);
    const token = await unsubscribeToken(api.db, 'default', 'otto', NOW_MS);
    return `/api/unsubscribe?${new URLSearchParams({ recipient: 'otto', token })}`;
  };
  const isOn = async () => {
    const { body } = await api.get('/api/recipients');
    return (body as { recipients: { id: string; enabled: boolean }[] }).recipients.find(({ id }) => id === 'otto')
      ?.enabled;
  };

  it('asks for a click: opening the link changes nothing', async () => {
    const response = await fetch(api.url + (await link()));
    expect(await response.text()).toContain('<form method="post"><button>Unsubscribe</button></form>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await isOn()).toBe(true);
  });

  it.each([
    ['application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--',
    ],
  ])('takes the one click of a mail program, as %s', async (type, body) => {
    const path = await link();
    const response = await fetch(api.url + path, { method: 'POST', headers: { 'content-type': type }, body });
    expect([response.status, await isOn()]).toEqual([200, false]);
    // Once more is no error.
    expect((await fetch(api.url + path, { method: 'POST' })).status).toBe(200);
  });

  it('is closed to a token that is not of this recipient', async () => {
    const path = await link();
    for (const wrong of [path.replace('otto', 'env-1'), path.slice(0, -1), `${path}x`, '/api/unsubscribe']) {
      const response = await fetch(api.url + wrong, { method: 'POST' });
      expect(response.status).toBe(404);
    }
    expect(await isOn()).toBe(true);
  });
});
