// The voucher that goodwill-desk offers: how much a classifier thinks it should be worth, and whether the reply may go out.
import { confidenceFromClassifier, confidenceFromProbabilities, decide, idempotent } from '@telltale/sdk';
import { type Desk, type Visit, writeReply } from './ask-as-desk.ts';
import { KEYS, loyaltyPoints } from './shop.ts';

const WORTHS = ['5 EUR', '10 EUR', '20 EUR'] as const;

export async function offerVoucher(desk: Desk, visit: Visit): Promise<{ voucherEur: number; reply: string }> {
  const { order } = visit.story;
  const points = await loyaltyPoints(desk.shop, visit.story);
  // When unsure of the value, it gives the smallest voucher.
  const belowThreshold = { fallBackTo: '5 EUR' } as const;
  const voucher = await decide(
    'voucher',
    { input: { order, points }, options: WORTHS, threshold: 0.6, belowThreshold },
    () => {
      const confidence = confidenceFromClassifier({ '5 EUR': 0.9, '10 EUR': 1.2, '20 EUR': 0.1 }, { scale: 'logits' });
      const reasoning = points === null ? 'How loyal the customer is could not be asked.' : `${points} points.`;
      return { choice: confidence.choice ?? '5 EUR', confidence, scores: confidence.scores, reasoning };
    },
  );
  const voucherEur = Number.parseInt(voucher.choice, 10);
  const once = { key: `voucher:${order}`, store: KEYS, input: { order, voucherEur } };
  await idempotent('vouchers.issue', once, () => `v-${order}`);
  const reply = await writeReply(desk, visit, `Offer a voucher of ${voucher.choice}.`);
  const checked = await decide('send_reply', { input: reply, options: ['send', 'hold'], threshold: 0.9 }, () => {
    const confidence = confidenceFromProbabilities({ send: 0.97, hold: 0.03 });
    return { choice: confidence.choice ?? 'hold', confidence, scores: confidence.scores };
  });
  return { voucherEur, reply: checked.choice === 'send' ? reply : 'A colleague will write to you today.' };
}
