// The result of an action as a store keeps it.
import { isResponse } from './error-facts.ts';

/** The result as it comes back from any store: through JSON. What is no JSON, such as a Response, is not kept. */
export function kept(result: unknown): { result: unknown; hasResult: boolean } {
  if (isResponse(result)) return { result: undefined, hasResult: false };
  try {
    const json = JSON.stringify(result);
    return json === undefined
      ? { result: undefined, hasResult: result === undefined }
      : { result: JSON.parse(json), hasResult: true };
  } catch {
    return { result: undefined, hasResult: false };
  }
}
