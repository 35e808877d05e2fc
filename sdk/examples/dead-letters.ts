// Keeps work that failed permanently, and repeats it when the service is back.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agent, deadLetterFile, deadLetters, HttpError, retry, start } from '@telltale/sdk';
import { openMisbehaving } from './misbehaving-server.ts';

start({ service: 'examples' });
const payments = await openMisbehaving({ status: 503 });
const folder = await mkdtemp(join(tmpdir(), 'telltale-letters-'));
const letters = deadLetters('refunds', { sink: deadLetterFile(join(folder, 'refunds.jsonl')) });

async function payBack(input: { order: number }): Promise<void> {
  const response = await fetch(`${payments.url}/refunds`, { method: 'POST', body: JSON.stringify(input) });
  if (!response.ok) throw await HttpError.from(response, 'payments');
}

await agent('dead-letter-example', async (run) => {
  const input = { order: 48213, cardNumber: '4111 1111 1111 1111' };
  const facts = { step: 'payments.refund', input, inputRef: `order:${input.order}` };
  const work = letters.catch(facts, () =>
    retry('payments.refund', { input, initialDelayMs: 20 }, () => payBack(input)),
  );
  await work.catch(() => console.log(run.traceId, 'kept as a dead letter'));
});

payments.behave({ status: 200, json: {} });
await agent('replay-example', async (run) => {
  const { replayed } = await letters.replay(({ input }) => payBack(input as { order: number }));
  console.log(run.traceId, `${replayed} replayed`);
});
await payments.close();
await rm(folder, { recursive: true });
