// What to do first about an incident, from its kind and the words of its error.
import type { IncidentKind } from '#contracts/incident';

// In order: the first that matches is used. Words and statuses that clients of model providers and tools really use.
const FIRST_STEPS: readonly (readonly [RegExp, string])[] = [
  [
    /rate.?limit|too many requests|quota|\b429\b/i,
    "Check the provider's rate limit and quota for this step, before anything retries harder.",
  ],
  [
    /unauthori[sz]ed|forbidden|authenticat|api.?key|permission|\b40[13]\b/i,
    'Check the credentials this step uses: they may have expired or lack a permission.',
  ],
  [
    /time.?out|timed out|deadline/i,
    'Check whether the service behind this step is slow or down, then the timeout of the step.',
  ],
  [
    /ECONN|ENOTFOUND|EAI_AGAIN|connection|network|unavailable|overloaded|\b50[0234]\b/i,
    'Check that the service behind this step is up and can be reached.',
  ],
  [
    /json|parse|syntax|schema|validation|invalid|unexpected token/i,
    'Compare the input and output of the step in an example run with the shape it expects.',
  ],
];

/** Kinds whose first step does not depend on the words of an error. */
const BY_KIND: Partial<Readonly<Record<IncidentKind, string>>> = {
  loop: 'Open the run: one agent repeats the same failing step. Stop it if it still runs, then bound its retries.',
  provider: "Look at the provider's status page; the incidents listed under this one have the same cause.",
  error_share: 'Open the failed runs of the last hour and compare them with the good ones of the same version.',
  low_confidence: 'Open the decisions below the threshold and look for what their inputs share.',
  escalation_rate: 'Look at who is asked and why: a changed prompt, a changed threshold, or a new kind of request.',
  stalled_runs: 'Check whether the processes of these agents are alive, and what their last step waits for.',
  schema_drift: 'Compare the output of an example run with the schema it broke: a tool or a model changed its form.',
  cost: 'Sort the runs by cost and open the most expensive: loops, long contexts and more expensive models are the most common reasons.',
  latency: 'Sort the runs by duration and open the slowest step of the slowest run.',
  dead_letters: 'Read why the letters were set aside, fix the cause, then replay them.',
  circuit_open: 'Check the service behind the circuit; it is not called again until it answers.',
  detector: 'Read the log of the process that runs alerting, and run `npx telltale doctor`.',
};

/** @param text error type and message */
export function firstStepOf(kind: IncidentKind, text: string): string {
  const known = FIRST_STEPS.find(([pattern]) => pattern.test(text));
  return (
    BY_KIND[kind] ??
    known?.[1] ??
    'Open an example run and read the input, the output and the error of the failing step.'
  );
}
