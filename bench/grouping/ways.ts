// The corpus grouped in every way, and judged: all of it, or only the classes of one side of the split.
import { baselines } from './baselines.ts';
import type { ProvokedError } from './corpus.ts';
import { judge, type Verdict } from './judge.ts';
import { judgeSuggestions, type SuggestionVerdict } from './suggestions.ts';
import { type StoredError, throughCollector } from './through-collector.ts';

export interface Result {
  readonly ways: readonly (readonly [name: string, Verdict])[];
  readonly suggestions: SuggestionVerdict;
}

export function stepOf(error: ProvokedError): string {
  return error.attributes['gen_ai.request.model'] ?? error.attributes['gen_ai.tool.name'] ?? error.span;
}

/** With what was thrown and what caused it, but without the places in the code. */
function withoutFrames(error: ProvokedError): ProvokedError {
  const lines = error.stack.split('\n').filter((line) => !/^\s{0,40}at /.test(line));
  return { ...error, stack: lines.join('\n') };
}

/** What a group is made of besides the message, the same for every way: agent, step without its digits, error type. */
function scopeOf(error: ProvokedError, { agent, errorType }: StoredError): string {
  return JSON.stringify([agent, stepOf(error).replace(/\d+/g, '#'), errorType]);
}

export function judgeWays(errors: readonly ProvokedError[]): Result {
  const labels = errors.map((error) => error.class);
  const stored = throughCollector(errors);
  const ways: [string, Verdict][] = [
    ['Telltale', judge(labels, prints(stored))],
    // Our provoking scripts are all the code there is, so their frames could tell classes apart that real code would not.
    ['Telltale, own frames left out', judge(labels, prints(throughCollector(errors.map(withoutFrames))))],
  ];
  for (const [name, normalise] of Object.entries(baselines)) {
    const groups = errors.map((error, i) => {
      const of = stored[i] as StoredError;
      return `${scopeOf(error, of)} ${normalise(of.message)}`;
    });
    ways.push([name, judge(labels, groups)]);
  }
  const patterns = errors.map((error, i) => ({
    ...(stored[i] as StoredError),
    class: error.class,
    step: stepOf(error),
  }));
  return { ways, suggestions: judgeSuggestions(patterns) };
}

const prints = (stored: readonly StoredError[]) => stored.map(({ fingerprint }) => fingerprint);
