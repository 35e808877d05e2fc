// Rows of an answer, decoded in turns: an answer may be tens of megabytes of JSON.
import type { Readable } from 'node:stream';
import { createTurns } from './turns.ts';

interface Answer {
  stream(): Readable;
}
interface Line {
  json(): unknown;
}

/** @param answer a ResultSet of the client in a format of one JSON value per line */
export async function readRows(answer: Answer): Promise<unknown[]> {
  const turns = createTurns();
  const rows: unknown[] = [];
  for await (const lines of answer.stream() as AsyncIterable<readonly Line[]>) {
    for (const line of lines) {
      rows.push(line.json());
      if (rows.length % 64 === 0 && turns.isOver()) await turns.next();
    }
  }
  return rows;
}
