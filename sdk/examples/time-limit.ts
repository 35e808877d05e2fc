// Ends a call that hangs: the call gets a signal, so that the request is aborted as well.
import { agent, start, TimeoutError, timeout } from '@telltale/sdk';
import { openMisbehaving } from './misbehaving-server.ts';

start({ service: 'examples' });
const risk = await openMisbehaving('hang');
await agent('timeout-example', async (run) => {
  try {
    await timeout('risk.score', { timeoutMs: 100 }, ({ signal }) => fetch(risk.url, { signal }));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log(run.traceId, error.message);
  }
});
await risk.close();
