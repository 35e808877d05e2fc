import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostileResolve, SSRF_FORMS } from '../../test/support/ssrf-forms.ts';
import { isPublicAddress } from './addresses.ts';
import { createOutboundFetch, OutboundError } from './fetch.ts';
import { createOutboundGuard, type Resolve } from './guard.ts';

let url: string;
let requests: string[];
let answer: (path: string) => { status: number; headers?: Record<string, string>; body?: string | Buffer } | 'hang';
let close: () => Promise<void>;
beforeEach(async () => {
  requests = [];
  answer = () => ({ status: 200, body: 'ok' });
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const reply = answer(request.url ?? '');
    if (reply !== 'hang') response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
});
afterEach(() => close());

const failure = (sent: Promise<Response>) =>
  sent.then(
    () => null,
    (error: unknown) => error as OutboundError,
  );

describe('an address that a user entered', () => {
  const guard = createOutboundGuard({ allow: [], resolve: hostileResolve });
  const call = createOutboundFetch({ guard, timeoutMs: 30_000 });

  it('comes in at least forty hostile forms', () => expect(SSRF_FORMS.length).toBeGreaterThanOrEqual(40));

  it.each(SSRF_FORMS)('is refused when it is saved: %s', async (_what, address) => {
    expect(await guard.check(address)).toEqual(expect.any(String));
  });

  it.each(SSRF_FORMS)('is refused when it is called: %s', async (_what, address) => {
    expect(await failure(call(address))).toMatchObject({ code: 'EBLOCKED', mayHaveArrived: false });
  });

  it.each([
    'https://hooks.example.com/x',
    'https://hooks.example.com:8443/x',
    'https://93.184.215.14/',
    'https://[2606:2800:21f:cb07::1]/',
  ])('is taken when it leads to the public internet: %s', async (address) =>
    expect(await guard.check(address)).toBeNull(),
  );

  it('is taken when its name is not known yet, and cannot be called', async () => {
    expect(await guard.check('https://soon.example.com/')).toBeNull();
    expect(await failure(call('https://soon.example.com/'))).toMatchObject({
      code: 'ENOTFOUND',
      mayHaveArrived: false,
    });
  });

  it('that leads elsewhere after it was saved reaches nobody', async () => {
    let lookups = 0;
    const rebinding: Resolve = (_hostname, _options, callback) => {
      const address = lookups++ === 0 ? '93.184.215.14' : '127.0.0.1';
      callback(null, [{ address, family: 4 }]);
    };
    const rebound = createOutboundGuard({ allow: [], resolve: rebinding });
    const address = `https://rebind.example.com:${new URL(url).port}/x`;
    expect(await rebound.check(address)).toBeNull();
    expect(await failure(createOutboundFetch({ guard: rebound })(address))).toMatchObject({ code: 'EBLOCKED' });
    expect(requests).toEqual([]);
  });

  it('may be one that an operator allows, over http too', async () => {
    const ways = [
      [url, ['127.0.0.1']],
      [url, ['127.0.0.0/8']],
      [url.replace('127.0.0.1', 'receiver.internal'), ['receiver.internal']],
    ] as const;
    for (const [address, allow] of ways) {
      const resolve: Resolve = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
      const allowing = createOutboundGuard({ allow, resolve });
      expect(await allowing.check(address)).toBeNull();
      expect((await createOutboundFetch({ guard: allowing })(address)).status).toBe(200);
    }
    const network = createOutboundGuard({ allow: ['10.0.0.0/8', 'fd00::/8'], resolve: hostileResolve });
    expect(await network.check('https://10.9.9.9/')).toBeNull();
    expect(await network.check('https://[fd00::9]/')).toBeNull();
    expect(await network.check('https://both.example.com/')).toBeNull();
    expect(await network.check('https://192.168.0.1/')).toEqual(expect.any(String));
    expect(await network.check('http://hooks.example.com/')).toEqual(expect.any(String));
  });
});

describe('a call', () => {
  const call = (maxReplyBytes?: number, timeoutMs = 30_000) =>
    createOutboundFetch({ guard: null, timeoutMs, ...(maxReplyBytes === undefined ? {} : { maxReplyBytes }) });

  it('hands over method, headers and body, and gives back status, headers and text', async () => {
    answer = () => ({ status: 201, headers: { 'retry-after': '7' }, body: 'schön' });
    const reply = await call()(url, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } });
    expect([reply.status, reply.headers.get('retry-after'), await reply.text()]).toEqual([201, '7', 'schön']);
    expect(requests).toEqual(['POST /x']);
  });

  it('follows no redirect', async () => {
    answer = () => ({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } });
    expect((await call()(url)).status).toBe(302);
    expect(requests).toHaveLength(1);
  });

  it('reads no more of a reply than it may', async () => {
    answer = () => ({ status: 200, body: Buffer.alloc(5_000_000, 'x') });
    expect(await (await call()(url)).text()).toHaveLength(64 * 1024);
    expect(await (await call(10)(url)).text()).toHaveLength(10);
  });

  it('ends in time, and says that it may have arrived', async () => {
    answer = () => 'hang';
    expect(await failure(call(undefined, 100)(url))).toMatchObject({ code: 'TIMEOUT', mayHaveArrived: true });
  });

  it('says that nothing arrived when nobody listens', async () => {
    await close();
    const error = await failure(call()(url));
    expect(error).toBeInstanceOf(OutboundError);
    expect(error).toMatchObject({ code: 'ECONNREFUSED', mayHaveArrived: false });
    expect(String(error)).not.toContain('127.0.0.1');
  });

  it('fails in one way also when a header cannot be sent', async () => {
    expect(await failure(call()(url, { headers: { authorization: 'a\u{1F4A5}' } }))).toMatchObject({
      code: 'EREQUEST',
    });
    expect(await failure(call()('no address'))).toBeInstanceOf(OutboundError);
  });
});

it('no IPv4 address inside an IPv6 address is called that would not be called alone', () => {
  fc.assert(
    fc.property(fc.ipV4(), (ip) => {
      if (isPublicAddress(ip)) return;
      const hex = ip.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
      const low = `${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`;
      for (const around of [`::ffff:${low}`, `::${low}`, `64:ff9b::${low}`, `2002:${low}::`, `::ffff:0:${low}`]) {
        expect(isPublicAddress(around), around).toBe(false);
      }
    }),
  );
});
