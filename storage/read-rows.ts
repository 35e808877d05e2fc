// Rows of an answer, decoded in turns: an answer may be tens of megabytes of JSON.
import type { Readable } from 'node:stream';
import { isTurnOver, nextTurn } from './turns.ts';

interface Answer {
  stream(): Readable;
}
interface Line {
  json(): unknown;
}

/** Fewer rows than this are decoded at once. */
const MANY_ROWS = 64;

/** @param answer a ResultSet of the client in a format of one JSON value per line */
export async function readRows(answer: Answer): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const lines of answer.stream() as AsyncIterable<readonly Line[]>) {
    for (const line of lines) {
      rows.push(line.json());
      if (rows.length % MANY_ROWS === 0 && isTurnOver()) await nextTurn();
    }
  }
  return rows;
}
