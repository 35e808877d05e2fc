// Which errors are the same error. Pure and linear in the length of the message. This is version 0: agent, step, error
// type and the message with numbers and ids masked.
import { createHash } from 'node:crypto';

export const FINGERPRINT_VERSION = 0;

const MAX_MESSAGE_CHARS = 2000;
const MAX_TEMPLATE_CHARS = 400;

// In this order: the longer, more telling forms first. Every pattern is bounded or a single character class, so no
// input makes one of them slow.
const MASKS: readonly [RegExp, string][] = [
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)\]]{1,500}/gi, '<url>'],
  [/\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\b/g, '<email>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b/g, '<ip>'],
  [
    /\b(?:req|org|call|run|msg|toolu|chatcmpl|resp|cus|ws|sess|thread|order|ord|txn|pay|user)[_-](?=[\w-]{0,64}\d)[\w-]{4,64}\b/gi,
    '<id>',
  ],
  [/\b0x[0-9a-f]{1,64}\b/gi, '<hex>'],
  [/\b(?=[0-9a-f]{0,63}\d)[0-9a-f]{8,128}\b/gi, '<hex>'],
  [/\b\d{1,40}(?:[.,]\d{1,20}){0,4}(?:\s?(?:ns|us|µs|ms|s|sec|min|h|B|kB|KB|MB|GB|%))?(?![\w%])/g, '<n>'],
  [/\d{1,40}/g, '<n>'],
];

/** The message with what varies from one error to the next replaced by its kind. */
export function maskMessage(message: string): string {
  let text = message.slice(0, MAX_MESSAGE_CHARS).normalize('NFC');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours and control characters vary, the error does not
  text = text.replace(/\x1b\[[0-9;]{0,20}[A-Za-z]/g, '').replace(/[\x00-\x1f\x7f]{1,100}/g, ' ');
  for (const [pattern, name] of MASKS) text = text.replace(pattern, name);
  return text.replace(/ {2,}/g, ' ').trim().slice(0, MAX_TEMPLATE_CHARS);
}

export interface ErrorFacts {
  readonly projectId: string;
  readonly agent: string;
  readonly service: string;
  readonly kind: string;
  readonly step: string;
  readonly errorType: string;
  readonly message: string;
}

/** The template of the message, and 16 bytes of a hash as 32 hex digits: equal facts, equal fingerprint. */
export function fingerprint(facts: ErrorFacts): { fingerprint: string; template: string } {
  const template = maskMessage(facts.message);
  const parts = [
    FINGERPRINT_VERSION,
    facts.projectId,
    facts.agent || facts.service,
    facts.kind,
    facts.step.replace(/\d{1,40}/g, '<n>'),
    facts.errorType,
    template,
  ];
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return { fingerprint: hash, template };
}
