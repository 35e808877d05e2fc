// Which stories are played: all of them once, or as many as asked for.
import { STORIES, type Story } from './stories.ts';

/** The first `count` stories; beyond the list they repeat with later order numbers and customers. */
export function playlist(count: number = STORIES.length): Story[] {
  return Array.from({ length: count }, (_, index) => {
    const told = STORIES[index % STORIES.length]!;
    const round = Math.floor(index / STORIES.length);
    if (round === 0) return told;
    const order = told.order + round * 1000;
    const renumbered = (text: string): string => text.replaceAll(String(told.order), String(order));
    return {
      ...told,
      order,
      customer: `${told.customer}-${round}`,
      session: renumbered(told.session),
      text: renumbered(told.text),
      reply: renumbered(told.reply),
    };
  });
}
