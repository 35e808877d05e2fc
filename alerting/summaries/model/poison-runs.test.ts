// A run that cannot be given to the model keeps no other from it.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readOpenSetAside } from '#storage/set-aside';
import { honest } from '../../../test/support/fake-openai.ts';
import { FAILED, type ModelWorld, openModelWorld } from '../../../test/support/model-world.ts';
import { at, id, NOW_MS } from '../../../test/support/span-rows.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let world: ModelWorld;
beforeAll(async () => {
  world = await openModelWorld();
});
afterAll(() => world.close());
beforeEach(() => world.server.answerWith({ answer: honest }));

test('one that fails by itself is set aside, the next ones are rewritten, and it is tried again later', async () => {
  let nowMs = NOW_MS + 5000;
  let isBad = true;
  const mask = (text: string) => {
    if (isBad && text.includes('poison')) throw new Error('no mask for this');
    return text;
  };
  const { add, summarize, writer, again, stored, projectId } = world.project({ mask, nowMs: () => nowMs });
  await add(1, { ...FAILED, agent: 'first-desk' }, FAILED);
  await add(2, { ...FAILED, agent: 'poison' }, FAILED);
  await add(3, { ...FAILED, agent: 'third-desk' }, FAILED);
  await summarize();
  expect(await writer.writeDue()).toEqual({ written: 2, kept: 0, endedBy: 'done' });
  const aside = await readOpenSetAside(world.db, projectId, 'model_summaries');
  expect([...aside.keys()]).toEqual([id(2, 32)]);
  expect(aside.get(id(2, 32))?.reason).toContain('no mask for this');

  isBad = false;
  const later = again({ mask, nowMs: () => nowMs });
  expect(await later.writeDue()).toMatchObject({ written: 0 });
  nowMs += 61_000;
  expect(await later.writeDue()).toMatchObject({ written: 1 });
  expect((await stored(2))?.summary.kind).toBe('model');
  expect(await readOpenSetAside(world.db, projectId, 'model_summaries')).toEqual(new Map());
});

test('stored facts that do not read take the place of no other run', async () => {
  const { add, summarize, writer, projectId } = world.project();
  await add(1, FAILED, FAILED);
  await summarize();
  await world.db.insertRows(
    'summaries',
    Array.from({ length: 60 }, (_, i) => ({
      project_id: projectId,
      trace_id: id(1000 + i, 32),
      received_at: at(4e9).slice(0, 23),
      covers: at(0).slice(0, 23),
      outcome: 'failed',
      kind: 'template',
      sentences: '[]',
      facts: i % 2 === 0 ? '{}' : 'no JSON',
    })),
  );
  await writer.writeDue();
  expect(await writer.writeDue()).toMatchObject({ written: 1 });
  expect((await readOpenSetAside(world.db, projectId, 'model_summaries')).size).toBe(60);
});
