// Renews a token once when the service refuses it, for all calls that wait at that moment.
import { agent, connect, start } from '@telltale/sdk';
import { openMisbehaving } from './misbehaving-server.ts';

start({ service: 'examples' });
let good = 'token-1';
const server = await openMisbehaving();
server.answer(({ headers }) =>
  headers.authorization === `Bearer ${good}` ? { status: 200, json: {} } : { status: 401 },
);
const crm = connect('crm', { baseUrl: server.url, auth: { refresh: () => ({ token: good, expiresInSeconds: 3600 }) } });
const read = (customer: string) => crm.call('customer', { input: { customer } }, ({ json }) => json(`/${customer}`));

await agent('token-example', async (run) => {
  await read('c-1');
  good = 'token-2'; // The service forgets the first token long before its time.
  await Promise.all([read('c-2'), read('c-3')]);
  console.log(run.traceId, `${server.requests.length} requests for 3 calls`);
});
await server.close();
