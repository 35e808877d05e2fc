// What the benchmarks send: deterministic agent traces, eight spans each, with model calls, tools, decisions and texts
// of 100 to 2,000 characters. Same seed, same bytes.
import { encodeRequest, type JsonRequest } from '../test/support/otlp-proto.ts';

const WORDS = makeWords(6000);
const MODELS = ['gpt-4.1', 'gpt-4.1-mini', 'claude-sonnet-4', 'gemini-2.5-pro'];
const TOOLS = ['orders.lookup', 'payments.refund', 'policy_search', 'customer_history', 'send_mail'];
const AGENTS = ['refund-desk', 'risk-scorer', 'triage', 'research', 'billing'];
const SPANS_PER_TRACE = 8;

/** xorshift32: fast, and the same everywhere. */
export function createRandom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

function makeWords(count: number): string[] {
  const random = createRandom(7);
  const letters = 'etaoinshrdlucmfwypvbgk';
  return Array.from({ length: count }, () =>
    Array.from({ length: 2 + Math.floor(random() * 9) }, () => letters[Math.floor(random() * letters.length)]).join(''),
  );
}

export interface Workload {
  readonly random: () => number;
  /** Start of the next trace, ns since 1970. */
  clockNs: bigint;
  /** ns between the starts of two traces. */
  readonly stepNs: bigint;
}

export function createWorkload(seed: number, startMs: number, stepNs = 40_000_000n): Workload {
  return { random: createRandom(seed), clockNs: BigInt(startMs) * 1_000_000n, stepNs };
}

/** One request of `spans` spans as protobuf, and the trace ids in it. */
export function makeBatch(load: Workload, spans: number): { body: Buffer; traceIds: string[] } {
  const request: JsonRequest = { resourceSpans: [] };
  const traceIds: string[] = [];
  for (let left = spans; left > 0; left -= SPANS_PER_TRACE) {
    const traceId = hex(load.random, 16);
    traceIds.push(traceId);
    request.resourceSpans.push(makeTrace(load, traceId, Math.min(left, SPANS_PER_TRACE)));
    load.clockNs += load.stepNs;
  }
  return { body: encodeRequest(request), traceIds };
}

function makeTrace(load: Workload, traceId: string, spans: number): Record<string, unknown> {
  const { random } = load;
  const agent = pick(random, AGENTS);
  const root = hex(random, 8);
  const start = load.clockNs;
  return {
    resource: {
      attributes: attributes({
        'service.name': `${agent}-api`,
        'service.version': '2.14.1',
        'telemetry.sdk.language': 'nodejs',
        'host.name': 'host-1',
        'process.pid': 4242,
      }),
    },
    scopeSpans: [
      {
        scope: { name: 'bench', version: '1.0.0' },
        spans: Array.from({ length: spans }, (_, index) =>
          makeSpan(random, { traceId, agent, root, index, start: start + BigInt(index) * 900_000_000n }),
        ),
      },
    ],
  };
}

interface SpanSeed {
  traceId: string;
  agent: string;
  root: string;
  index: number;
  start: bigint;
}

function makeSpan(random: () => number, { traceId, agent, root, index, start }: SpanSeed): Record<string, unknown> {
  const common = {
    'gen_ai.agent.name': agent,
    'gen_ai.conversation.id': `s-${traceId.slice(0, 8)}`,
    'user.id': `u-${Math.floor(random() * 5000)}`,
  };
  const failed = random() < 0.06;
  const shape =
    index === 0 ? 'agent' : (['llm', 'tool', 'decision', 'llm', 'tool', 'retrieval', 'llm'][index - 1] as string);
  const name = {
    agent: `invoke_agent ${agent}`,
    llm: 'chat',
    tool: pick(random, TOOLS),
    decision: 'decide refund_route',
    retrieval: 'policy_search',
  }[shape] as string;
  return {
    traceId,
    spanId: index === 0 ? root : hex(random, 8),
    ...(index === 0 ? {} : { parentSpanId: root }),
    name,
    kind: 1,
    startTimeUnixNano: start.toString(),
    endTimeUnixNano: (start + BigInt(Math.floor(random() * 3e9))).toString(),
    attributes: attributes({ ...common, ...shaped(random, shape, name) }),
    events: failed
      ? [
          {
            name: 'exception',
            timeUnixNano: start.toString(),
            attributes: attributes({
              'exception.type': 'UpstreamTimeout',
              'exception.message': `payments.refund timed out after ${Math.floor(random() * 9000)} ms for order ${Math.floor(random() * 1e5)}`,
            }),
          },
        ]
      : [],
    status: failed ? { code: 2, message: 'UpstreamTimeout' } : { code: 1 },
    flags: 257,
  };
}

function shaped(random: () => number, shape: string, name: string): Record<string, unknown> {
  switch (shape) {
    case 'llm':
      return {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': pick(random, MODELS),
        'gen_ai.usage.input_tokens': Math.floor(random() * 4000),
        'gen_ai.usage.output_tokens': Math.floor(random() * 900),
        'gen_ai.request.temperature': 0.2,
        'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: prose(random) }] }]),
        'gen_ai.output.messages': JSON.stringify([
          { role: 'assistant', parts: [{ type: 'text', content: prose(random) }] },
        ]),
      };
    case 'decision':
      return {
        'telltale.step.kind': 'decision',
        'telltale.decision.name': 'refund_route',
        'telltale.decision.options': ['auto_refund', 'manual_review', 'deny'],
        'telltale.decision.choice': pick(random, ['auto_refund', 'manual_review', 'deny']),
        'telltale.decision.confidence.value': Math.round(random() * 100) / 100,
        'telltale.decision.confidence.source': 'logprobs',
        'telltale.decision.confidence.threshold': 0.7,
        'telltale.decision.reasoning': prose(random),
      };
    case 'tool':
      return {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': name,
        'gen_ai.tool.call.arguments': JSON.stringify({ orderId: Math.floor(random() * 1e5) }),
        'gen_ai.tool.call.result': prose(random),
      };
    case 'retrieval':
      return {
        'gen_ai.operation.name': 'retrieval',
        'gen_ai.retrieval.query.text': prose(random).slice(0, 200),
        'db.system': 'qdrant',
      };
    default:
      return { 'gen_ai.operation.name': 'invoke_agent', 'deployment.environment.name': 'production' };
  }
}

function prose(random: () => number): string {
  const words: string[] = [];
  const length = 100 + random() ** 2 * 1900;
  for (let size = 0; size < length; ) {
    // Zipf-like: common words are common.
    const word = WORDS[Math.floor(random() ** 3 * WORDS.length)] as string;
    words.push(word);
    size += word.length + 1;
  }
  return words.join(' ');
}

const pick = (random: () => number, list: readonly string[]): string =>
  list[Math.floor(random() * list.length)] as string;

function hex(random: () => number, bytes: number): string {
  let text = '';
  for (let i = 0; i < bytes; i++)
    text += Math.floor(random() * 256)
      .toString(16)
      .padStart(2, '0');
  return text;
}

function attributes(values: Record<string, unknown>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): Record<string, unknown> {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
  return { arrayValue: { values: (value as unknown[]).map(anyValue) } };
}
