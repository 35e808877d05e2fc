// The end of the demo's day: a clerk waits until payments answer again, then pays what could not be paid, and writes to
// all of these customers at once.
import { agent, type DeadLetters, waitFor } from '@telltale/sdk';
import { payBack, type Shop, sendReceipt } from './shop.ts';
import type { Story } from './stories.ts';

export interface ReplayedRefunds {
  traceId: string;
  headline: string;
}

/** @param whenRepaired resolves when payments are reported to work again */
export async function replayRefunds(
  shop: Shop,
  letters: DeadLetters,
  stories: readonly Story[],
  whenRepaired: Promise<void>,
): Promise<ReplayedRefunds> {
  return agent('refund-clerk', { version: '2.14.1' }, async (run) => {
    await waitFor('payments team', { input: 'Are payments back?' }, () => whenRepaired);
    const paid: Story[] = [];
    const { replayed, failed } = await letters.replay(async ({ inputRef }) => {
      const story = stories.find(({ order }) => inputRef === `order:${order}`);
      if (story === undefined) throw new Error(`${inputRef} is not known`);
      await payBack(shop, story);
      paid.push(story);
    });
    await Promise.all(paid.map((story) => sendReceipt(shop, story)));
    return { traceId: run.traceId, headline: `Replayed ${replayed} dead letters, ${failed} failed again` };
  });
}
