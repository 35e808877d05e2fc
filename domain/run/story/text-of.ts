// The sentences of a story as plain text. Pure.
import type { Story, SummarySentence } from '#contracts/summary';

/** A sentence as plain text. */
export const textOf = (sentence: Pick<SummarySentence, 'words'>): string =>
  sentence.words.map(({ text }) => text).join('');

/** The whole story as plain text: one line for a message, a log or a terminal. */
export const storyText = (story: Pick<Story, 'sentences'>): string => story.sentences.map(textOf).join(' ');
