// The visits of goodwill-desk: it gives a voucher, or it leaves its scope by calling a tool that is not permitted or by
// not ending.
import { type Desk, type Visit, writeReply } from './ask-as-desk.ts';
import { goodwillDesk } from './goodwill-desk.ts';
import { offerVoucher } from './offer-voucher.ts';
import { lookUpOrder, payBack } from './shop.ts';

/** Plays one visit as one trace; being stopped is part of the story. */
export async function serveGoodwill(desk: Desk, visit: Visit): Promise<{ traceId: string; headline: string }> {
  const { story } = visit;
  const input = { order: story.order, message: story.text };
  const options = { sessionId: story.session, userId: story.customer };
  const result = await goodwillDesk.run(input, options, async () => {
    await lookUpOrder(desk.shop, story);
    if (story.goodwill === 'gives_voucher') return offerVoucher(desk, visit);
    if (story.goodwill === 'pays_money') {
      await payBack(desk.shop, story);
      return { voucherEur: 0, reply: story.reply };
    }
    for (let draft = 1; ; draft++) {
      const text = await writeReply(desk, visit, `Draft ${draft} of a reply. Is it good?`);
      if (text.includes('voucher')) return { voucherEur: 10, reply: text };
    }
  });
  const headline = result.status === 'finished' ? `Voucher for order ${story.order}` : result.error.message;
  return { traceId: result.traceId, headline };
}
