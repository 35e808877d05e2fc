// The default rules on a simulated week after four weeks of history: quiet where nothing is wrong, and not deaf.
import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '#domain/rule/default-rules';
import { quietProject, type Trouble } from '../../../test/support/quiet-project.ts';
import { propertyRuns } from '../../../test/support/tier.ts';
import { judgePoints, type MeasureReader } from './judge-points.ts';
import type { MeasuredRule } from './measure.ts';
import { isMeasured } from './measures.ts';
import { replay } from './replay.ts';

const DAY = 24 * 3_600_000;
const HOUR = 3_600_000;
/** A Monday. */
const END = Date.parse('2026-03-30T00:00:00.000Z');
const WEEK = END - 7 * DAY;
const HISTORY = WEEK - 29 * DAY;
const RULES = DEFAULT_RULES.filter(isMeasured);

const project = (seed: number, trouble?: Trouble) => quietProject(seed, HISTORY, END, trouble);

async function firings(rule: MeasuredRule, reader: MeasureReader) {
  const { judged } = await judgePoints(reader, rule, { afterMs: WEEK, toMs: END, open: [] });
  return replay(rule, judged);
}

describe('on ordinary days', () => {
  it('all default rules together fire at most once in ten days', { timeout: 300_000 }, async () => {
    const seeds = [1, 2, 3, 4].slice(0, propertyRuns(1, 4));
    const fired: string[] = [];
    for (const seed of seeds) {
      // One for all rules: what was simulated for one of them is there for the others.
      const reader = project(seed);
      for (const rule of RULES) {
        for (const { subject, openedAtMs } of await firings(rule, reader))
          fired.push(`${rule.id} ${subject} ${new Date(openedAtMs).toISOString()} (seed ${seed})`);
      }
    }
    expect(fired.length / (seeds.length * 7), fired.join('\n')).toBeLessThanOrEqual(0.1);
  });
});

describe('something that goes wrong on Wednesday from ten to two', () => {
  const [fromMs, toMs] = [WEEK + 2 * DAY + 10 * HOUR, WEEK + 2 * DAY + 14 * HOUR];
  const during =
    (change: Partial<Parameters<Trouble>[0]>): Trouble =>
    (agent, atMs) =>
      agent.name === 'desk' && atMs > fromMs && atMs <= toMs ? { ...agent, ...change } : agent;
  it.each([
    ['error-share', during({ failed: 0.2 })],
    ['low-confidence', during({ unsure: 0.5 })],
    ['escalation-rate', during({ escalated: 0.3 })],
    ['cost', during({ usdARun: 0.15 })],
    ['latency', during({ msARun: 40_000 })],
  ])('%s: opens within two hours, once, and is over afterwards', async (id, trouble) => {
    const rule = RULES.find((known) => known.id === id) as MeasuredRule;
    const ofDesk = (await firings(rule, project(7, trouble))).filter(({ subject }) => subject === 'desk');
    expect(ofDesk).toHaveLength(1);
    const [firing] = ofDesk;
    expect(firing?.openedAtMs).toBeGreaterThan(fromMs);
    expect(firing?.openedAtMs).toBeLessThanOrEqual(fromMs + 2 * HOUR);
    expect(firing?.resolvedAtMs).toBeGreaterThan(fromMs + HOUR);
    expect(firing?.resolvedAtMs).toBeLessThanOrEqual(toMs + 3.5 * HOUR);
  });
});
