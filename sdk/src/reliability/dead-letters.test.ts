// deadLetters(): what failed for good is kept whole, as a span and on disk, and done again by replay().
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMisbehaving } from '../../examples/misbehaving-server.ts';
import { fakeRuntime } from '../../test-support/fake-runtime.ts';
import { type OtlpSink, openSink } from '../../test-support/otlp-sink.ts';
import {
  agent,
  type DeadLetter,
  deadLetterFile,
  deadLetters,
  flush,
  HttpError,
  retry,
  shutdown,
  start,
} from '../index.ts';

let sink: OtlpSink;
let folder: string;
let path: string;
let made = 0;
beforeAll(async () => {
  sink = await openSink();
  folder = await mkdtemp(join(tmpdir(), 'telltale-letters-'));
  start({ service: 'support-api', endpoint: sink.url });
});
beforeEach(() => {
  path = join(folder, String(++made), 'refunds.jsonl');
});
afterAll(async () => {
  await shutdown();
  await sink.close();
  await rm(folder, { recursive: true, force: true });
});

const lines = async (): Promise<{ letter: DeadLetter }[]> =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const failing = (message = 'no'): never => {
  throw new Error(message);
};

describe('a dead letter', () => {
  it('has everything that is needed to do the work later, and no secret', async () => {
    const server = await openMisbehaving({ status: 503 });
    const letters = deadLetters('refunds', { sink: deadLetterFile(path) });
    const input = { order: 48213, card_number: '4111111111111111', nested: [{ apiKey: 'sk-1', ok: 1 }] };
    const work = agent('refund-desk', { sessionId: 's-1', userId: 'u-1' }, () =>
      letters.catch({ step: 'payments.refund', input, inputRef: 'order:48213', idempotencyKey: 'k-1' }, () =>
        retry('payments.refund', { input, runtime: fakeRuntime() }, async () => {
          throw await HttpError.from(await fetch(server.url));
        }),
      ),
    );
    await expect(work).rejects.toMatchObject({ status: 503 });
    const [{ letter } = failing('no line')] = await lines();
    await flush();
    const last = sink.spans().find((span) => span.attributes['telltale.retry.attempt'] === 2);
    expect(letter).toMatchObject({
      queue: 'refunds',
      step: 'payments.refund',
      reason: 'max_attempts',
      input: { order: 48213, card_number: '[masked]', nested: [{ apiKey: '[masked]', ok: 1 }] },
      inputRef: 'order:48213',
      error: {
        errorType: 'HTTP 503',
        attempt: 3,
        maxAttempts: 3,
        status: 503,
        stack: expect.stringContaining('HTTP 503'),
      },
      traceId: last?.traceId,
      spanId: last?.spanId,
      agent: 'refund-desk',
      sessionId: 's-1',
      userId: 'u-1',
      idempotencyKey: 'k-1',
      replays: 0,
    });
    const span = sink.span('dead letter payments.refund');
    expect(span.attributes).toMatchObject({
      'telltale.dead_letter.queue': 'refunds',
      'telltale.dead_letter.reason': 'max_attempts',
      'telltale.dead_letter.id': letter.id,
      'telltale.failure.attempt': 3,
    });
    expect(span.attributes['telltale.step.input']).not.toContain('4111');
    expect((await stat(path)).mode & 0o077).toBe(0);
    await server.close();
  });

  it('is rejected work when its error would not pass by itself', async () => {
    const letters = deadLetters('refunds', { sink: deadLetterFile(path) });
    await expect(letters.catch({ step: 'parse' }, () => failing('not a number'))).rejects.toThrow('not a number');
    expect((await lines())[0]?.letter).toMatchObject({ reason: 'rejected', step: 'parse', error: { attempt: 1 } });
    expect(letters.counts).toEqual({ kept: 1, lost: 0 });
  });

  it('that the full file refuses is counted and recorded, and the failure stays what it was', async () => {
    const letters = deadLetters('full', { sink: deadLetterFile(path, { maxBytes: 10 }) });
    await expect(letters.catch({ step: 'full step' }, () => failing('first cause'))).rejects.toThrow('first cause');
    expect(letters.counts).toEqual({ kept: 0, lost: 1 });
    await flush();
    const span = sink.span('dead letter full step');
    expect(span.attributes['error.type']).toBe('DeadLetterError');
    expect(span.status?.message).toMatch(/is full \(0 of 10 bytes\)/);
  });

  it('is kept without its input when that is no JSON or the mask breaks', async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const plain = deadLetters('odd', { sink: deadLetterFile(path) });
    await plain.put(new Error('x'), { step: 'cyclic', input: cyclic });
    const twice: Record<string, unknown> = {};
    twice.a = twice;
    twice.b = twice;
    await plain.put(new Error('x'), { step: 'twice cyclic', input: [twice, twice] });
    const masking = deadLetters('odd', { sink: deadLetterFile(path), mask: () => failing() });
    await masking.put('a string was thrown', { step: 'mask', input: { a: 1 } });
    const kept = (await lines()).map(({ letter }) => letter);
    expect(kept.map((letter) => 'input' in letter)).toEqual([false, false, false]);
    expect(kept[2]?.error).toMatchObject({ errorType: 'string', message: 'a string was thrown' });
  });
});

describe('replay', () => {
  it('does the work again in a span linked to the failure, keeps what fails again, and takes later letters next time', async () => {
    const letters = deadLetters('refunds', { sink: deadLetterFile(path) });
    for (const order of [1, 2, 3]) await letters.put(new Error('down'), { step: 'refund', input: { order } });
    const seen: unknown[] = [];
    const result = await letters.replay(async ({ input }) => {
      seen.push(input);
      if (seen.length === 1) await letters.put(new Error('new'), { step: 'refund', input: { order: 4 } });
      if ((input as { order: number }).order === 2) throw new Error('still down');
    });
    expect(seen).toEqual([{ order: 1 }, { order: 2 }, { order: 3 }]);
    expect(result).toEqual({ replayed: 2, failed: 1, skipped: 0 });
    const left = (await lines()).map(({ letter }) => [letter.input, letter.replays, letter.error.message]);
    expect(left).toEqual([
      [{ order: 4 }, 0, 'new'],
      [{ order: 2 }, 1, 'still down'],
    ]);
    await flush();
    const replays = sink.spans().filter((span) => span.name === 'replay refund');
    const first = sink.spans().find((span) => span.name === 'dead letter refund');
    expect(replays).toHaveLength(3);
    expect(replays[0]?.links).toMatchObject([{ traceId: first?.traceId, spanId: first?.spanId }]);
    expect(await letters.replay(() => 'ok')).toEqual({ replayed: 2, failed: 0, skipped: 0 });
    expect(await letters.replay(() => 'ok')).toEqual({ replayed: 0, failed: 0, skipped: 0 });
  });

  it('takes only some, up to a limit, and leaves the others in order', async () => {
    const letters = deadLetters('some', { sink: deadLetterFile(path) });
    for (const n of [1, 2, 3, 4]) await letters.put(new Error('x'), { step: n % 2 === 0 ? 'even' : 'odd', input: n });
    const seen: unknown[] = [];
    const only = (letter: DeadLetter): boolean => letter.step === 'even';
    expect(await letters.replay(({ input }) => seen.push(input), { only, limit: 1 })).toMatchObject({
      replayed: 1,
      skipped: 3,
    });
    expect(seen).toEqual([2]);
    expect((await lines()).map(({ letter }) => letter.input)).toEqual([1, 3, 4]);
  });

  it('goes on after a crash where the last replay stopped, past a torn line, and doubles nothing that was done', async () => {
    const letters = deadLetters('crash', { sink: deadLetterFile(path) });
    for (const n of [1, 2, 3]) await letters.put(new Error('x'), { step: 's', input: n });
    const all = await readFile(path, 'utf8');
    const first = JSON.parse(all.split('\n')[0] ?? '') as { letter: DeadLetter };
    // As a replay leaves it that died after the first letter, while its next line was being written.
    await writeFile(`${path}.replaying-1-dead`, `${all}${JSON.stringify({ removed: first.letter.id })}\n{"remo`);
    await rm(path);
    await letters.put(new Error('x'), { step: 's', input: 4 });
    await appendFile(path, '{"letter":{"id"');
    await letters.put(new Error('x'), { step: 's', input: 5 });
    const seen: unknown[] = [];
    await letters.replay(({ input }) => seen.push(input));
    expect(seen).toEqual([2, 3, 4, 5]);
  });

  it('of one file runs once at a time', async () => {
    const letters = deadLetters('busy', { sink: deadLetterFile(path) });
    await letters.put(new Error('x'), { step: 's', input: 1 });
    await letters.replay(async () => {
      await expect(letters.replay(() => 1)).rejects.toThrow('being replayed already');
    });
  });
});
