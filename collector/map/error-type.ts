// What kind of error it was, from what clients say of it.

/** Types that say only that there was an error. */
const WEAK: ReadonlySet<string> = new Set(['unknown', '_other', 'error', 'exception', 'true', 'span']);
/** `RateLimitError: …`, `openai.RateLimitError: …` at the start of a message. */
const CLASS_NAME = /^(?:Uncaught )?([A-Za-z_][A-Za-z0-9_.]{0,100}(?:Error|Exception|Timeout))(?=[:\s(]|$)/;
/** `429 Rate limit …`, `Error code: 429 …`: semantic conventions allow the status code as the type. */
const STATUS_CODE = /^(?:Error: )?(?:Error code:? |HTTP |status(?: code)?:? )?([45]\d\d)(?=[\s:,.-]|$)/i;

/**
 * The type: `error.type`, else the class of the exception event, else what the message begins with. A word that only
 * says that there was an error (`unknown`) is taken when nothing better is known.
 */
export function typeOfError(said: string, exception: string, message: string): string {
  if (said !== '' && !WEAK.has(said.toLowerCase())) return said;
  if (exception !== '' && !WEAK.has(exception.toLowerCase())) return exception;
  const start = message.slice(0, 200).trimStart();
  const inMessage = CLASS_NAME.exec(start)?.[1] ?? STATUS_CODE.exec(start)?.[1] ?? '';
  return (WEAK.has(inMessage.toLowerCase()) ? '' : inMessage) || exception || said;
}
