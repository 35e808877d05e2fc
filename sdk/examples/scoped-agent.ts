// The scope of goodwill-desk as a document, and six runs of it: one inside its scope, and one for each way to be stopped.
import { decide, describeScope, flush, llm, start, tool } from '@telltale/sdk';
import { goodwillDesk } from './goodwill-desk.ts';

start({ service: 'support-api' });
console.error(describeScope(goodwillDesk));

const request = (order: number) => ({ order, message: `Order ${order} came nine days late.` });
const traceIds: Record<string, string> = {};

const fine = await goodwillDesk.run(request(1), async ({ order }) => {
  await tool('orders.lookup', () => ({ order, daysLate: 9 }));
  await tool('vouchers.issue', { input: { worthEur: 10 } }, () => 'v-1');
  return { voucherEur: 10, reply: 'A voucher of 10 EUR is on its way.' };
});
traceIds.fine = fine.traceId;

// A request that did not come through the types of this program.
const foreign = JSON.parse('{"order": "the blue one", "message": ""}');
traceIds.input = (await goodwillDesk.run(foreign, () => ({ voucherEur: 0, reply: '' }))).traceId;

const paying = await goodwillDesk.run(request(3), async () => {
  await tool('payments.refund', () => 'this never runs');
  return { voucherEur: 0, reply: 'Your money is on its way.' };
});
traceIds.tool = paying.traceId;

const pondering = await goodwillDesk.run(request(4), async () => {
  for (;;) {
    await llm('ponder', { model: 'gpt-4.1', provider: 'openai' }, (span) => {
      span.setUsage({ inputTokens: 900, outputTokens: 700, costUsd: 0.0074 });
      return 'Let me think about it once more.';
    });
  }
});
traceIds.cost = pondering.traceId;

traceIds.output = (
  await goodwillDesk.run(request(5), () => ({ voucherEur: 500, reply: 'You get a voucher of 500 EUR!' }))
).traceId;

const wavering = await goodwillDesk.run(request(6), async () => {
  for (;;) {
    await decide('voucher', { options: ['5 EUR', '10 EUR', 'none'], threshold: 0.6 }, () => ({
      choice: '10 EUR',
      confidence: 0.41,
      confidenceSource: 'self_reported',
    }));
  }
});
traceIds.condition = wavering.traceId;

await flush();
console.log(JSON.stringify(traceIds));
