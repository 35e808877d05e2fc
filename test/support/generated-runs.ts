// Runs generated from a seed, of every outcome: the same seed gives the same run.

import type { RunOutcome } from '#contracts/run-facts';
import type { Payload } from '#domain/run/facts/excerpts';
import type { SpanFacts } from '#domain/run/span-facts';
import { facts } from './span-facts.ts';

/** mulberry32: small, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const AGENTS = ['refund-desk', 'triage', 'catalogue-sync', 'trip planner', 'invoice_reader', 'Über-Agent'];
const TOOLS = ['orders.lookup', 'search_web', 'payments.refund', 'read_file', 'crm.update', 'send mail'];
const NAMES = ['intent', 'refund_route', 'priority', 'ticket_queue', 'risk_band'];
const CHOICES = ['refund', 'auto_refund', 'high', 'billing', 'low', 'retry later'];
const ERRORS: readonly (readonly [string, string])[] = [
  ['UpstreamTimeout', 'no answer in 8 s'],
  ['HTTP 503', 'risk answered 503: the model is being loaded'],
  ['RateLimitError', '429 Rate limit reached, try again in 20 s'],
  ['ValueError', 'no order id'],
  ['InvalidArguments', 'city is missing'],
];
const TARGETS = ['payments-oncall', 'refund-review', 'ana', 'legal team'];
const MODELS = ['gpt-4.1-mini', 'claude-sonnet-4', 'mistral-small'];
const ASKS = [
  'Where is my order 48213?',
  'Summarise the attached invoice',
  'Book two seats to Lyon on Friday',
  '退款怎么办？',
];

export interface MadeRun {
  readonly outcome: RunOutcome;
  readonly seed: number;
  readonly spans: SpanFacts[];
  readonly payloads: Payload[];
}

const START_MS = Date.UTC(2026, 10, 20, 12);
const iso = (ms: number): string =>
  `${new Date(Math.floor(ms)).toISOString().slice(0, 23)}${String(Math.round((ms % 1) * 1e6)).padStart(6, '0')}Z`;

/** One run of this outcome. */
export function makeRun(outcome: RunOutcome, seed: number): MadeRun {
  const random = randomOf(seed * 977 + outcome.length * 131 + outcome.charCodeAt(0));
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const chance = (share: number) => random() < share;
  const agent = pick(AGENTS);
  const spans: SpanFacts[] = [];
  let atMs = START_MS + random();
  let count = 0;
  const step = (over: Partial<SpanFacts>, parent: string | null = ROOT): SpanFacts => {
    const startMs = atMs;
    atMs += 3 + random() * (chance(0.2) ? 20_000 : 900);
    const id = (++count).toString(16).padStart(16, '0');
    const span = facts(id, parent, { agent: null, startTime: iso(startMs), endTime: iso(atMs), ...over });
    spans.push(span);
    atMs += random() * 5;
    return span;
  };
  const ROOT = 'f'.repeat(16);
  const decide = (over: Partial<SpanFacts> = {}) => {
    const threshold = 0.5 + Math.round(random() * 40) / 100;
    return step({
      kind: 'decision',
      name: 'decide',
      agent,
      decisionName: pick(NAMES),
      decisionChoice: pick(CHOICES),
      decisionOptions: CHOICES,
      decisionOutcome: 'executed',
      confidence: Math.min(1, threshold + random() * 0.3),
      threshold,
      ...over,
    });
  };
  const fail = (over: Partial<SpanFacts> = {}): Partial<SpanFacts> => {
    const [errorType, errorMessage] = pick(ERRORS);
    return { isError: true, errorType, errorMessage, ...over };
  };
  const attempts = (tool: string, failed: number, succeeds: boolean) => {
    const around = step({
      kind: 'tool',
      name: tool,
      toolName: tool,
      isError: !succeeds,
      ...(succeeds ? {} : { errorType: 'RetriesExhausted', errorMessage: `${tool} gave up` }),
    });
    const error = fail();
    for (let i = 0; i < failed; i++)
      step({ kind: 'tool', name: tool, toolName: tool, retryAttempt: i, ...error }, around.spanId);
    if (succeeds) step({ kind: 'tool', name: tool, toolName: tool, retryAttempt: failed }, around.spanId);
    spans[spans.indexOf(around)] = { ...around, endTime: iso(atMs) };
  };
  const call = () =>
    step({
      kind: 'llm',
      name: `chat ${pick(['plan', 'reply', 'classify'])}`,
      model: pick(MODELS),
      tokensIn: Math.floor(random() * 3000),
      tokensOut: Math.floor(random() * 800),
      ...(chance(0.7) ? { costUsd: random() * 0.2 } : {}),
    });
  for (let i = Math.floor(random() * 3); i >= 0; i--) call();
  for (let i = Math.floor(random() * 3); i > 0; i--) decide();
  if (chance(0.6)) step({ kind: 'tool', name: 'call', toolName: pick(TOOLS) });

  let rootOver: Partial<SpanFacts> = {};
  let hasRoot = true;
  switch (outcome) {
    case 'failed':
      if (chance(0.5)) attempts(pick(TOOLS), 1 + Math.floor(random() * 3), false);
      else if (chance(0.7)) step({ kind: 'tool', name: 'call', toolName: pick(TOOLS), ...fail() });
      if (chance(0.3))
        step({ kind: 'escalation', name: 'escalate', escalationTarget: pick(TARGETS), reason: 'it failed' });
      rootOver = fail(chance(0.5) ? { errorType: 'RunFailed', errorMessage: 'The order could not be refunded' } : {});
      break;
    case 'stopped':
      if (chance(0.5)) for (let i = 0; i < 7; i++) step({ kind: 'llm', name: 'draft', model: pick(MODELS) });
      if (chance(0.5))
        step({
          kind: 'escalation',
          name: 'escalate',
          escalationTarget: pick(TARGETS),
          reason: 'step limit reached: 8 of 8 steps',
        });
      rootOver = {
        isError: chance(0.7),
        errorType: 'max_steps',
        stopReason: 'max_steps',
        reason: 'step limit reached: 8 of 8 steps',
      };
      break;
    case 'escalated': {
      const target = pick(TARGETS);
      const isUnsure = chance(0.6);
      if (isUnsure)
        decide({
          confidence: 0.3 + random() * 0.1,
          threshold: 0.7,
          decisionOutcome: 'escalated',
          ...(chance(0.5) ? { reason: `escalated to ${target}: confidence 0.3 below 0.7` } : {}),
        });
      step({
        kind: 'escalation',
        name: 'escalate',
        escalationTarget: target,
        reason: isUnsure ? null : 'above the limit of 150 EUR',
      });
      break;
    }
    case 'degraded':
      step({ kind: 'handoff', name: 'risk.score', marks: [{ code: 'degraded', detail: 'fallback risk' }] });
      if (chance(0.5))
        step({
          kind: 'tool',
          name: 'stock',
          toolName: 'stock',
          ...fail(),
          marks: [{ code: 'degraded', detail: 'skipped stock' }],
        });
      break;
    case 'recovered':
      if (chance(0.6)) attempts(pick(TOOLS), 1 + Math.floor(random() * 2), true);
      else step({ kind: 'tool', name: 'call', toolName: pick(TOOLS), ...fail() });
      break;
    case 'waiting':
      hasRoot = false;
      decide({
        confidence: 0.4,
        threshold: 0.7,
        decisionOutcome: 'pending',
        reason: 'asked ana: confidence 0.4 below 0.7',
      });
      break;
    case 'running':
    case 'stalled':
      hasRoot = false;
      break;
    case 'ok':
      if (chance(0.3)) decide({ confidence: 0.2, threshold: 0.6 });
      if (chance(0.3)) for (let i = 0; i < 6; i++) step({ kind: 'tool', name: 'read', toolName: 'read_file' });
  }
  const last = call();
  const top: Partial<SpanFacts> = {
    name: agent,
    kind: 'agent',
    agent,
    startTime: iso(START_MS),
    endTime: iso(atMs + 3),
    ...rootOver,
  };
  if (hasRoot) spans.push(facts(ROOT, null, top));
  const payloads: Payload[] = [];
  if (hasRoot && chance(0.7))
    payloads.push({ spanId: ROOT, input: JSON.stringify({ message: pick(ASKS) }), output: null });
  if (chance(0.5))
    payloads.push({
      spanId: last.spanId,
      input: null,
      output: JSON.stringify([{ role: 'assistant', content: 'Done, and noted.' }]),
    });
  return { outcome, seed, spans, payloads };
}
