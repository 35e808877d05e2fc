// A trace as JSON, written in turns and once for all who asked for it at the same time: twenty thousand spans are ten
// megabytes of text.
import type { Trace } from '#contracts/run';
import { mapInTurns } from '#storage/turns';
import { JsonBody } from './route.ts';

const SPANS_A_PIECE = 200;

const written = new WeakMap<Trace, Promise<JsonBody<Trace>>>();

/** The same answer for the same trace object (storage shares it among those who read it at the same time). */
export function traceAsJson(trace: Trace): Promise<JsonBody<Trace>> {
  const known = written.get(trace);
  if (known !== undefined) return known;
  const body = write(trace);
  written.set(trace, body);
  return body;
}

async function write({ spans, ...rest }: Trace): Promise<JsonBody<Trace>> {
  const starts = Array.from({ length: Math.ceil(spans.length / SPANS_A_PIECE) }, (_, i) => i * SPANS_A_PIECE);
  const pieces = await mapInTurns(
    starts,
    (from) =>
      Buffer.from(`${from === 0 ? '' : ','}${JSON.stringify(spans.slice(from, from + SPANS_A_PIECE)).slice(1, -1)}`),
    1,
  );
  const head = Buffer.from(`${JSON.stringify(rest).slice(0, -1)},"spans":[`);
  return new JsonBody([head, ...pieces, Buffer.from(']}')]);
}
