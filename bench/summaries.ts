// How many runs can be summarized by rule a second, on one core: facts, hash, headline and sentences.

import { writeSummary } from '#domain/run/story/write-summary';
import { sumUp } from '#domain/run/summarize-run';
import { hashFacts } from '#storage/hash-facts';
import { readArguments } from '../deploy/scripts.mjs';
import { makeRun } from '../test/support/generated-runs.ts';
import { demoRuns, type KnownRun, madeRuns } from '../test/support/known-runs.ts';
import { cost, machine, median } from './measure.ts';

readArguments('bench/summaries.ts');
const ROUNDS = 7;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const NOW_MS = Date.UTC(2027, 0, 1);

/** A run of so many spans: the same run again and again, each time with ids of its own, below one root. */
function longRun(spanCount: number): KnownRun {
  const { spans, payloads } = makeRun('failed', 1);
  const root = spans.at(-1) as KnownRun['spans'][number];
  const steps = spans.slice(0, -1);
  const many = Array.from({ length: spanCount - 1 }, (_, i) => {
    const step = steps[i % steps.length] as KnownRun['spans'][number];
    const lap = Math.floor(i / steps.length);
    const idOf = (id: string | null) => (id === null || id === root.spanId ? root.spanId : `${lap.toString(16)}-${id}`);
    return { ...step, spanId: idOf(step.spanId), parentSpanId: idOf(step.parentSpanId) };
  });
  return { name: `${spanCount} spans`, spans: [root, ...many], payloads };
}

function summarizeAll(runs: readonly KnownRun[]): void {
  for (const { spans, payloads } of runs) {
    const { facts } = sumUp('default', TRACE, spans, NOW_MS, [], { payloads });
    writeSummary(facts);
    hashFacts(facts);
  }
}

async function measure(name: string, runs: readonly KnownRun[], times: number): Promise<string> {
  summarizeAll(runs);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(
      await cost(() => {
        for (let i = 0; i < times; i++) summarizeAll(runs);
      }),
    );
  }
  const cpuMs = (median(rounds, ({ cpuSeconds }) => cpuSeconds).cpuSeconds * 1000) / (runs.length * times);
  const spans = runs.reduce((sum, run) => sum + run.spans.length, 0) / runs.length;
  return `| ${name} | ${spans.toFixed(0)} | ${Math.round(1000 / cpuMs).toLocaleString('en-US')} | ${cpuMs.toFixed(3)} |`;
}

console.log(`## ${new Date().toISOString().slice(0, 10)}, summaries by the template, ${machine()}`);
console.log(`\nCommand: \`npm run bench:summaries\`. Median of ${ROUNDS} rounds; no reading and no storing.\n`);
console.log('| runs | spans in each | summaries/s a core | CPU ms each |\n|---|---|---|---|');
console.log(await measure('the demo', demoRuns(), 20));
console.log(await measure('made up, of every outcome', madeRuns(), 20));
for (const count of [100, 1000, 10_000])
  console.log(
    await measure(`one of ${count.toLocaleString('en-US')} spans`, [longRun(count)], Math.max(2, 20_000 / count)),
  );
