// Which errors are the same error, version 2: agent, step, error type, the masked message with its cause, and
// the top of the stack.
import { hash } from 'node:crypto';
import { rootCause, splitStack } from '#domain/pattern/split-stack';
import { topFrame } from '#domain/pattern/top-frame';
import { maskMessage } from './mask-message.ts';

export const FINGERPRINT_VERSION = 2;

/** `fetch failed`, `Connection error.`: a message this short rarely says why. */
const MAX_WORDS_OF_A_VAGUE_MESSAGE = 5;
const MAX_CAUSE_CHARS = 200;

export interface ErrorFacts {
  readonly projectId: string;
  readonly agent: string;
  readonly service: string;
  readonly kind: string;
  /** The tool's or the model's name; else the span's. */
  readonly step: string;
  readonly errorType: string;
  readonly message: string;
  /** '' = none. */
  readonly stack: string;
  /** The sender's own word for which errors are the same, from `error.fingerprint`; '' = none. */
  readonly given: string;
}

/**
 * The template of the message, and 16 bytes of a hash as 32 hex digits: equal facts, equal fingerprint. Pure; linear in
 * the length of message and stack.
 */
export function fingerprint(facts: ErrorFacts): { fingerprint: string; template: string } {
  const { message, stack } = splitStack(facts.message, facts.stack);
  const template = withCause(maskMessage(message), stack);
  const who = [FINGERPRINT_VERSION, facts.projectId, facts.agent || facts.service];
  const what =
    facts.given === ''
      ? [facts.kind, maskName(facts.step), facts.errorType, template, topFrame(stack)]
      : ['error.fingerprint', facts.given];
  return { fingerprint: hash('sha256', JSON.stringify([...who, ...what]), 'hex').slice(0, 32), template };
}

/** A message that does not say why is distinguished by its first cause, if the stack trace has one. */
function withCause(template: string, stack: string): string {
  if (stack === '' || template.split(' ', MAX_WORDS_OF_A_VAGUE_MESSAGE + 1).length > MAX_WORDS_OF_A_VAGUE_MESSAGE) {
    return template;
  }
  const cause = maskMessage(rootCause(stack)).slice(0, MAX_CAUSE_CHARS).toWellFormed();
  return cause === '' || cause === template ? template : `${template} (cause: ${cause})`;
}

/** Without ids and numbers: `gpt-4.1` and `gpt-4.1-2025-04-14` are one model, `worker-7` and `worker-12` one worker. */
function maskName(name: string): string {
  return name
    .slice(0, 200)
    .replace(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\d{1,40}/gi, '<n>')
    .replace(/<n>(?:[.-]<n>){1,60}/g, '<n>');
}
