// Pays once per key, however often it is called, also after a restart of the process: the keys are files.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agent, fileKeys, idempotent, start } from '@telltale/sdk';

start({ service: 'examples' });
const folder = await mkdtemp(join(tmpdir(), 'telltale-keys-'));
const store = fileKeys(folder);
let payments = 0;

function payBack(order: number): Promise<{ refundId: string }> {
  const options = { key: `refund:${order}`, store, input: { order } };
  return idempotent('payments.refund', options, () => {
    payments += 1;
    return { refundId: `re-${order}-${payments}` };
  });
}

await agent('idempotency-example', async (run) => {
  const asked = [await payBack(48213), ...(await Promise.all([payBack(48213), payBack(48214), payBack(48214)]))];
  console.log(run.traceId, `${asked.length} asked, ${payments} paid`);
});
await rm(folder, { recursive: true });
