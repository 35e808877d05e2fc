// Which stories are played: all of them once, or as many as asked for.
import { STORIES, type Story } from './stories.ts';

/** The first `count` stories; beyond the list they repeat with later order numbers and customers. */
export function playlist(count: number = STORIES.length): Story[] {
  return Array.from({ length: count }, (_, index) => {
    const story = STORIES[index % STORIES.length]!;
    const round = Math.floor(index / STORIES.length);
    if (round === 0) return story;
    const order = story.order + round * 1000;
    const renumbered = (text: string): string => text.replaceAll(String(story.order), String(order));
    return {
      ...story,
      order,
      customer: `${story.customer}-${round}`,
      session: renumbered(story.session),
      text: renumbered(story.text),
      reply: renumbered(story.reply),
    };
  });
}
