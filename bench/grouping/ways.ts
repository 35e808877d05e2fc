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

interface Grouped {
  readonly error: ProvokedError;
  readonly stored: StoredError;
  /** By the name of the way. */
  readonly groups: Readonly<Record<string, string>>;
}

export function stepOf(error: ProvokedError): string {
  return error.attributes['gen_ai.request.model'] ?? error.attributes['gen_ai.tool.name'] ?? error.span;
}

/** Every error with its group in every way. */
export function groupEveryWay(errors: readonly ProvokedError[]): Grouped[] {
  const stored = throughCollector(errors);
  // Our provoking scripts are all the code there is, so their frames could distinguish classes that real code would not.
  const frameless = throughCollector(errors.map(withoutFrames));
  return errors.map((error, i) => {
    const of = stored[i] as StoredError;
    // What a group is made of besides the message is the same for every way.
    const scope = JSON.stringify([of.agent, stepOf(error).replace(/\d+(?:[.-]\d+)*/g, '#'), of.errorType]);
    const groups: Record<string, string> = {
      Telltale: of.fingerprint,
      'Telltale, own frames left out': (frameless[i] as StoredError).fingerprint,
    };
    for (const [name, normalise] of Object.entries(baselines)) groups[name] = `${scope} ${normalise(of.message)}`;
    return { error, stored: of, groups };
  });
}

/** With what was thrown and what caused it, but without the places in the code. */
function withoutFrames(error: ProvokedError): ProvokedError {
  const lines = error.stack.split('\n').filter((line) => !/^\s{0,40}at /.test(line));
  return { ...error, stack: lines.join('\n') };
}

export function judgeWays(grouped: readonly Grouped[]): Result {
  const labels = grouped.map(({ error }) => error.class);
  const names = Object.keys(grouped[0]?.groups ?? {});
  const ways = names.map((name) => {
    const groups = grouped.map((of) => of.groups[name] as string);
    return [name, judge(labels, groups)] as const;
  });
  const patterns = grouped.map(({ error, stored }) => ({ ...stored, class: error.class, step: stepOf(error) }));
  return { ways, suggestions: judgeSuggestions(patterns) };
}
