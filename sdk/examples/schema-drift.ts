// Calls a connected service whose answer has changed its schema: the call continues, and the run records what changed.
import { agent, connect, start } from '@telltale/sdk';
import { z } from 'zod';
import { openMisbehaving } from './misbehaving-server.ts';

start({ service: 'examples' });
const server = await openMisbehaving({
  status: 200,
  json: { orderId: 48213, total_eur: 129, status: 'lost', daysLate: '9' },
});
const orders = connect('orders', {
  version: '2026-10-01',
  versionHeader: 'x-api-version',
  baseUrl: server.url,
  schema: z.object({
    orderId: z.number(),
    totalEur: z.number(),
    daysLate: z.number(),
    status: z.enum(['open', 'delivered']),
  }),
});
await agent('schema-example', async (run) => {
  const { drift } = await orders.call('lookup', { input: { order: 48213 } }, ({ json }) => json('/orders/48213'));
  console.log(run.traceId, drift.map(({ kind, path }) => `${path} ${kind}`).join(', '));
});
await server.close();
