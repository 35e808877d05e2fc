// Runs health checks before a long task, and continues without a service that is not critical.
import { agent, connect, preflight, start } from '@telltale/sdk';
import { openMisbehaving } from './misbehaving-server.ts';

start({ service: 'examples' });
const healthy = await openMisbehaving({ status: 200, json: { total: 129 } });
const broken = await openMisbehaving('reset');
const orders = connect('orders', { baseUrl: healthy.url, health: ({ fetch }) => fetch('/health') });
const risk = connect('risk', {
  baseUrl: broken.url,
  critical: false,
  retry: { maxAttempts: 2, initialDelayMs: 20 },
  health: ({ fetch }) => fetch('/health'),
});

await agent('degraded-example', async (run) => {
  const report = await preflight([orders, risk]);
  await orders.call('lookup', {}, ({ json }) => json('/orders/48213'));
  const score = await risk.call<unknown>('score', { fallback: { band: 'medium' } }, ({ json }) => json('/score'));
  console.log(run.traceId, JSON.stringify({ without: report.degraded, degraded: score.degraded, value: score.value }));
});
await Promise.all([healthy.close(), broken.close()]);
