// What to do first about an error, from its words.

// In order: the first that fits speaks. Words and statuses that clients of model providers and tools really use.
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

/** @param text error type and message */
export function firstStep(text: string): string {
  const known = FIRST_STEPS.find(([pattern]) => pattern.test(text));
  return known?.[1] ?? 'Open an example run and read the input, the output and the error of the failing step.';
}
