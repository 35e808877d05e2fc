// Retries transient failures: the service is broken, then busy and asks for a pause, then it answers.
import { agent, HttpError, retry, start } from '@telltale/sdk';
import { openMisbehaving } from './misbehaving-server.ts';

start({ service: 'examples' });
const payments = await openMisbehaving(
  { status: 503 },
  { status: 429, headers: { 'retry-after': '0.2' } },
  { status: 200, json: { refundId: 're-48213' } },
);
await agent('retry-example', async (run) => {
  const refund = await retry('payments.refund', { input: { order: 48213 }, initialDelayMs: 50 }, async ({ signal }) => {
    const response = await fetch(`${payments.url}/refunds`, { method: 'POST', signal });
    if (!response.ok) throw await HttpError.from(response, 'payments');
    return response.json();
  });
  console.log(run.traceId, JSON.stringify(refund));
});
await payments.close();
