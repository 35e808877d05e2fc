// Which errors are the same error, version 1: agent, step, error type, the masked message and the top of the stack.
import { hash } from 'node:crypto';
import { splitStack } from '#schema/split-stack';
import { topFrames } from '#schema/top-frames';
import { maskMessage } from './mask-message.ts';

export const FINGERPRINT_VERSION = 1;

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
  const template = maskMessage(message);
  const who = [FINGERPRINT_VERSION, facts.projectId, facts.agent || facts.service];
  const what =
    facts.given === ''
      ? [facts.kind, maskName(facts.step), facts.errorType, template, ...topFrames(stack)]
      : ['error.fingerprint', facts.given];
  return { fingerprint: hash('sha256', JSON.stringify([...who, ...what]), 'hex').slice(0, 32), template };
}

function maskName(name: string): string {
  return name.slice(0, 200).replace(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\d{1,40}/gi, '<n>');
}
