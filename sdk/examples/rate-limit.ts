// Stays under a service's rate limit, and delays all calls when it still asks for a pause.
import { agent, connect, start } from '@telltale/sdk';
import { openMisbehaving } from './misbehaving-server.ts';

start({ service: 'examples' });
const server = await openMisbehaving(
  { status: 200, json: {} },
  { status: 429, headers: { 'retry-after': '0.3' } },
  { status: 200, json: {} },
);
const search = connect('search', { baseUrl: server.url, rateLimit: { requests: 2, perMs: 200 } });
await agent('rate-limit-example', async (run) => {
  const words = ['late parcel', 'refund', 'limit', 'express'];
  await Promise.all(words.map((q) => search.call('query', { input: { q } }, ({ json }) => json(`/?q=${q}`))));
  console.log(run.traceId, `${server.requests.length} requests for ${words.length} calls`);
});
await server.close();
