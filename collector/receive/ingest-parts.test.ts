// A request whose rows go to two tables, of which the disk takes one: what it took is counted as taken. Real files.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogBlock } from '#storage/log-block';
import { OpenStepBlock } from '#storage/open-step-block';
import { SignalCounters } from '../count/counters.ts';
import { logsJsonToProtobuf } from '../decode/json-logs.ts';
import { logCodec } from '../decode/log-codec.ts';
import { OpenSegment } from '../spool/segment.ts';
import { type SpoolBlock, WriteQueue } from '../spool/write-queue.ts';
import { createIngest } from './ingest.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-parts-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** `steps` of 2,500 records are a large request, which is decoded in slices. */
const body = (steps: number) =>
  Buffer.from(
    JSON.stringify({
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: Array.from({ length: steps + 1 }, (_, n) => ({
                traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
                spanId: (n + 1).toString(16).padStart(16, '0'),
                timeUnixNano: '1794999999000000000',
                eventName: n < steps ? 'telltale.step.open' : 'other',
              })),
            },
          ],
        },
      ],
    }),
  );

it.each([
  ['open steps', 1],
  ['logs', 1],
  ['open steps', 2500],
  ['logs', 2500],
])('the disk does not take the %s of a request with %d steps', async (failing, steps) => {
  const counters = new SignalCounters();
  let durable = 0;
  const queues: WriteQueue<SpoolBlock>[] = [];
  const queue = <Block extends SpoolBlock>(table: string, newBlock: () => Block) => {
    const made = new WriteQueue<Block>({
      newBlock,
      newSegment: () =>
        OpenSegment.create(
          failing.replace(' ', '_') === table ? join(dir, 'missing') : dir,
          { table, order: 1, nonce: '0123456789abcdef' },
          { nowMs: 0, onRestored: () => {} },
        ),
      onSealed: () => {},
      onDurable: (rows) => {
        durable += rows;
      },
      flushMs: 60_000,
      firstFlushMs: 60_000,
    });
    queues.push(made as unknown as WriteQueue<SpoolBlock>);
    return made;
  };
  const ingest = createIngest({
    projectId: 'p',
    queue: queue('logs', () => new LogBlock()),
    codec: logCodec(
      logsJsonToProtobuf,
      undefined,
      queue('open_steps', () => new OpenStepBlock()),
    ),
    fullBecause: () => null,
    counters,
    now: () => 1_795_000_000_000,
  });
  await expect(ingest(body(steps), 'json')).rejects.toThrow(/did not take the data; send again/);
  const taken = failing === 'logs' ? steps : 1;
  expect(durable).toBe(taken);
  expect(counters).toMatchObject({ received: steps + 1, acked: taken });
  expect([...counters.rejected]).toEqual([['not_written', steps + 1 - taken]]);
  for (const each of queues) await each.flush();
});
