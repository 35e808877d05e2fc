// How many of the secrets of a kind are found, in every frame that real payloads put texts into.
import { KINDS, type Kind, type Sample, toolsOf } from './secret-corpus.ts';

/** A text as it is stored by programs: alone, in JSON, in JSON inside JSON, in logs, in Markdown, encoded. */
export const FRAMES: readonly (readonly [name: string, frame: (text: string) => string])[] = [
  ['alone', (text) => text],
  ['JSON', (text) => JSON.stringify({ role: 'tool', content: text, n: 1 })],
  ['JSON in JSON', (text) => JSON.stringify({ body: JSON.stringify({ list: [`x ${text}`] }), ok: true })],
  ['log line', (text) => `2026-11-20T10:00:00.123Z WARN [worker-3] call failed: ${text}`],
  ['lines', (text) => `first line\n${text}\nlast line`],
  ['lines in JSON', (text) => JSON.stringify(`first line\n${text}\nlast line`)],
  ['Markdown', (text) => `Run this:\n\`\`\`\n${text}\n\`\`\`\nand wait.`],
  ['encoded', (text) => `GET /log?line=${encodeURIComponent(text)}&n=1`],
];

export interface Score {
  readonly name: string;
  readonly group: string;
  readonly found: number;
  readonly all: number;
  /** Of those that were missed, a few. */
  readonly missed: readonly string[];
}

/** A kind counts as found when at least this share of its secrets is, in all frames together. */
export const FOUND_SHARE = 0.99;
export const isFound = ({ found, all }: Score): boolean => found / all >= FOUND_SHARE;

const sampleOf = (made: Sample | string): Sample => (typeof made === 'string' ? { text: made, secret: made } : made);

/** @param mask returns the text with its secrets masked @param each secrets a kind and frame */
export function score(mask: (text: string) => string, each: number, seed = 20_261_201): Score[] {
  const tools = toolsOf(seed);
  return KINDS.map(({ name, group, make }: Kind) => {
    let [found, all] = [0, 0];
    const missed: string[] = [];
    for (const [, frame] of FRAMES) {
      for (let i = 0; i < each; i++) {
        const { text, secret } = sampleOf(make(tools));
        const framed = frame(text);
        const masked = mask(framed);
        all++;
        // What is left of it in the end: a mask that stops early has found half a secret.
        const parts = [secret.slice(-6), encodeURIComponent(secret).slice(-8), secret.slice(0, 64).slice(-6)];
        if (parts.some((part) => masked.includes(part) && framed.includes(part))) missed.push(`${framed} → ${masked}`);
        else found++;
      }
    }
    return { name, group, found, all, missed: missed.slice(0, 3) };
  });
}
