// The runs that summaries are judged on: recorded ones of the demo, and made-up ones of every outcome.
import { readFileSync } from 'node:fs';
import type { Run } from '#contracts/run';
import { RUN_OUTCOMES, type RunFacts } from '#contracts/run-facts';
import type { Story } from '#contracts/summary';
import type { Payload } from '#domain/run/facts/excerpts';
import type { SpanFacts } from '#domain/run/span-facts';
import { writeSummary } from '#domain/run/story/write-summary';
import { sumUp } from '#domain/run/summarize-run';
import { makeRun } from './generated-runs.ts';
import { facts as spanFacts } from './span-facts.ts';

export interface KnownRun {
  readonly name: string;
  readonly spans: readonly SpanFacts[];
  readonly payloads: readonly Payload[];
}

export interface Summarized {
  readonly run: Run;
  readonly facts: RunFacts;
  readonly story: Story;
}

const SEEDS = 8;
/** The time at which runs are summarized: soon after them, or much later for runs that are no longer open. */
const SOON_MS = Date.UTC(2026, 10, 20, 12, 1);
const LATER_MS = SOON_MS + 400 * 24 * 3_600_000;

export function demoRuns(): KnownRun[] {
  const lines = readFileSync(new URL('../fixtures/summaries/demo-runs.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line, i) => {
    const { spans, payloads } = JSON.parse(line) as {
      spans: (Partial<SpanFacts> & { spanId: string })[];
      payloads: Payload[];
    };
    return {
      name: `demo ${i + 1}`,
      spans: spans.map((span) => spanFacts(span.spanId, span.parentSpanId ?? null, span)),
      payloads,
    };
  });
}

/** Eight of each outcome. */
export const madeRuns = (): KnownRun[] =>
  RUN_OUTCOMES.flatMap((outcome) =>
    Array.from({ length: SEEDS }, (_, seed) => ({ name: `${outcome} ${seed}`, ...makeRun(outcome, seed) })),
  );

export function summarize({ name, spans, payloads }: KnownRun): Summarized {
  const isOpen = name.startsWith('running') || name.startsWith('waiting');
  const { run, facts } = sumUp('default', '4bf92f3577b34da6a3ce929d0e0e4736', spans, isOpen ? SOON_MS : LATER_MS, [], {
    payloads,
  });
  return { run, facts, story: writeSummary(facts) };
}
