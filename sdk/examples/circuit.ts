// Stops calls to a service that keeps failing, and tries again after a while.
import { setTimeout as wait } from 'node:timers/promises';
import { agent, CircuitOpenError, circuitBreaker, HttpError, start } from '@telltale/sdk';
import { openMisbehaving } from './misbehaving-server.ts';

start({ service: 'examples' });
const tracking = await openMisbehaving({ status: 503 });
const breaker = circuitBreaker('tracking', { failures: 2, halfOpenAfterMs: 300 });

async function track(order: number): Promise<string> {
  try {
    return await breaker.call('tracking.status', { input: { order } }, async () => {
      const response = await fetch(`${tracking.url}/${order}`);
      if (!response.ok) throw await HttpError.from(response, 'tracking');
      return 'found';
    });
  } catch (error) {
    return error instanceof CircuitOpenError ? 'not asked' : 'failed';
  }
}

await agent('circuit-example', async (run) => {
  const results = [await track(1), await track(2), await track(3)];
  tracking.behave({ status: 200, json: {} });
  await wait(400);
  results.push(await track(4));
  console.log(run.traceId, results.join(', '));
});
await tracking.close();
