// A long run: a long step, then a person who has to approve. Look at it in Telltale while it is open: it is
// running, then waiting for the finance team; kill the process and it is stalled.
import { createInterface } from 'node:readline';
import { agent, start, step, waitFor } from '@telltale/sdk';

// A sign of life every second instead of every ten, so that a killed process is noticed soon.
start({ service: 'refunds', announceEvery: Number(process.env.ANNOUNCE_EVERY ?? 1) });

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const nextLine = async (): Promise<string> => String((await lines.next()).value ?? '').trim();

await agent('refund-desk', { sessionId: 's-48213', userId: 'c-7' }, async (run) => {
  console.log(`Run ${run.traceId}`);
  await step('collect evidence', { kind: 'retrieval' }, async () => {
    console.log('Collecting evidence. Press Enter to go on.');
    await nextLine();
  });
  const answer = await waitFor('finance team', { input: { order: 48213, refund: 240 } }, async () => {
    console.log('Waiting for the finance team. Type "yes" or "no".');
    return nextLine();
  });
  if (answer !== 'yes') throw new Error('the finance team refused the refund');
  return 'refunded';
});
process.stdin.destroy();
