// An agent with a declared scope: input, output, permitted calls and limits. Outside of it the run stops, and the person
// on duty gets what is needed to decide.
import { defineAgent } from '@telltale/sdk';
import { z } from 'zod';

export const goodwillDesk = defineAgent({
  name: 'goodwill-desk',
  version: '1.0.0',
  purpose: 'Offers vouchers to customers whose order went wrong; it never pays money back',
  accepts: z.object({
    order: z.int().positive().describe('number of the order'),
    message: z.string().min(1).max(2000).describe('what the customer wrote'),
  }),
  produces: z.object({
    voucherEur: z.number().min(0).max(20).describe('worth of the voucher in euros'),
    reply: z.string().max(600).describe('answer to the customer'),
  }),
  mayCall: [
    { name: 'orders.lookup', does: 'looks up the order' },
    { name: 'vouchers.issue', does: 'issues a voucher, up to 20 EUR' },
    { name: 'loyalty.points', does: 'asks how many points the customer has' },
  ],
  limits: { steps: 8, costUsd: 0.02, timeMs: 20_000 },
  prices: { 'gpt-4.1-mini': { inputUsdPerMillion: 0.4, cachedInputUsdPerMillion: 0.1, outputUsdPerMillion: 1.6 } },
  stopWhen: {
    'two decisions in a row were under their threshold': ({ decisions }) =>
      decisions.length > 1 &&
      decisions.slice(-2).every(({ confidence, threshold }) => (confidence ?? 0) < (threshold ?? 0)),
  },
  escalateTo: { target: 'customer-care', targetType: 'queue' },
});
