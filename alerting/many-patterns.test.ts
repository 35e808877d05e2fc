// Many patterns and many merges, all due at once: one tick judges all of them, and pages about patterns answer. The full
// tier has 50,000 patterns and 5,000 merges.
import { expect, it, vi } from 'vitest';
import { ALIASES } from '#contracts/pattern-notes';
import { readPatterns } from '#storage/read-patterns';
import { putSettings } from '#storage/settings';
import { MINUTE, NOON, useAlertingWorld } from '../test/support/alerting-world.ts';
import { insertErrors } from '../test/support/error-rows.ts';
import { IS_FULL_TIER } from '../test/support/tier.ts';

vi.setConfig({ testTimeout: 600_000 });
const world = useAlertingWorld();
const [PATTERNS, MERGES] = IS_FULL_TIER ? [50_000, 5000] : [400, 200];
/** Enough for the rule of similar errors in patterns of two members or more. */
const EACH = 5;
const name = (pattern: number) => (0x10000000 + pattern).toString(16).padStart(64, '0');

it('are judged by one tick, and listed', async () => {
  const { db, projectId, clock } = world;
  const rows = Array.from({ length: PATTERNS * EACH }, (_, i) => ({
    projectId,
    fingerprint: name(i % PATTERNS),
    trace: 1 + Math.floor(i / 50),
    span: 1 + i,
    endedMs: NOON - 10 * MINUTE + (i % 1000),
    step: `step ${i % PATTERNS}`,
  }));
  for (let from = 0; from < rows.length; from += 50_000) await insertErrors(db, rows.slice(from, from + 50_000));
  // Each merged one has its own target: pairs of ten errors.
  const puts = Array.from({ length: MERGES / 2 }, (_, i) => ({
    of: ALIASES,
    id: name(2 * i + 1),
    value: { of: name(2 * i) },
  }));
  await putSettings(db, projectId, puts, 'Ines', NOON);
  const detector = world.start();
  const result = await detector.tick();
  expect(result).toMatchObject({ status: 'done', setAside: 0, sent: 1 });
  expect(result.status === 'done' ? result.fired.length : 0).toBe(MERGES / 2);

  clock.advance(2 * 60 * MINUTE);
  const over = await detector.tick();
  expect(over.status === 'done' ? over.resolved.length : 0).toBe(MERGES / 2);
  const aliases = new Map(puts.map(({ id, value }) => [id, value.of]));
  const page = await readPatterns(db, projectId, { fromMs: NOON - 60 * MINUTE, toMs: NOON, steps: 24 }, aliases);
  expect(page.count).toBe(PATTERNS - MERGES / 2);
  expect(page.patterns[0]).toMatchObject({ errorCount: 2 * EACH });
});
