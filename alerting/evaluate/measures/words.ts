// Small words that measures share. Pure.
import { clip } from '#domain/clip';

export const percent = (share: number): string => `${Math.round(share * 1000) / 10}%`;
export const many = (n: number, one: string, more = `${one}s`): string => `${n} ${n === 1 ? one : more}`;
export const usd = (n: number): string => `$${n < 1 ? n.toFixed(4) : n.toFixed(2)}`;

/** `640 ms`, `4.2 s`, `3.5 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 6000) / 10} min`;
}

/** Text that a user wrote, cut for a title. */
export const note = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? '' : `: ${clip(line, 120)}`;
};
