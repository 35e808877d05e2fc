// The end of the demo's day: payments answer again, and what could not be paid is paid now.
import { agent, type DeadLetters } from '@telltale/sdk';
import { payBack, type Shop } from './shop.ts';
import type { Story } from './stories.ts';

export interface ReplayedRefunds {
  traceId: string;
  headline: string;
}

export async function replayRefunds(
  shop: Shop,
  letters: DeadLetters,
  stories: readonly Story[],
): Promise<ReplayedRefunds> {
  return agent('refund-clerk', { version: '2.14.1' }, async (run) => {
    const { replayed, failed } = await letters.replay(async ({ inputRef }) => {
      const story = stories.find(({ order }) => inputRef === `order:${order}`);
      if (story === undefined) throw new Error(`${inputRef} is not known`);
      await payBack(shop, story);
    });
    return { traceId: run.traceId, headline: `Replayed ${replayed} dead letters, ${failed} failed again` };
  });
}
