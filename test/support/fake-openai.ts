// A server that speaks OpenAI's chat completions, in every mood, and keeps what it was sent.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the next requests are answered. A function writes the message's content from what was asked. */
export type ModelMood =
  | 'refuse'
  | 'filter'
  | 'cut_off'
  | 'garbage'
  | 'no_json'
  | 'empty'
  | 'server_error'
  | 'bad_key'
  | 'hang'
  | 'trickle'
  | 'reset'
  | { readonly retryAfterSeconds: number }
  | { readonly answer: (asked: AskedFacts) => unknown };

/** A record of the facts, as a model sees it. */
export type SeenRecord = Readonly<Record<string, unknown>> & { readonly fact: string; readonly spans: string[] };

export interface AskedFacts {
  readonly outcome: string;
  readonly records: readonly SeenRecord[];
  readonly system: string;
}

export interface FakeOpenAi {
  readonly baseUrl: string;
  /** Bodies of all requests, as text. */
  readonly bodies: readonly string[];
  /** Requests that are being answered now, and the most there ever were at once. */
  readonly load: { now: number; most: number };
  readonly problems: readonly string[];
  /** The last one stays. */
  answerWith(...moods: ModelMood[]): void;
  /** What is reported as used; null = nothing. */
  reportUsage(usage: { prompt_tokens: number; completion_tokens: number } | null): void;
  close(): Promise<void>;
}

export async function startFakeOpenAi(): Promise<FakeOpenAi> {
  const bodies: string[] = [];
  const problems: string[] = [];
  const load = { now: 0, most: 0 };
  let moods: ModelMood[] = ['empty'];
  let usage: { prompt_tokens: number; completion_tokens: number } | null = {
    prompt_tokens: 900,
    completion_tokens: 150,
  };

  const complete = (response: ServerResponse, message: Record<string, unknown>, finish = 'stop') => {
    const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish, logprobs: null }];
    const totals =
      usage === null ? {} : { usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens } };
    send(response, 200, { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'fake', choices, ...totals });
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    bodies.push(body);
    const problem = problemOf(request, body);
    if (problem !== null) {
      problems.push(problem);
      return send(response, 400, {
        error: { message: problem, type: 'invalid_request_error', param: null, code: null },
      });
    }
    const mood = (moods.length > 1 ? moods.shift() : moods[0]) as ModelMood;
    if (typeof mood === 'object' && 'retryAfterSeconds' in mood) {
      response.setHeader('retry-after', String(mood.retryAfterSeconds));
      return send(response, 429, { error: { message: 'slow down', type: 'requests', code: 'rate_limit_exceeded' } });
    }
    if (typeof mood === 'object') {
      const content = mood.answer(askedIn(body));
      return complete(response, {
        content: typeof content === 'string' ? content : JSON.stringify(content),
        refusal: null,
      });
    }
    switch (mood) {
      case 'refuse':
        return complete(response, { content: null, refusal: 'I cannot help with that.' });
      case 'filter':
        return complete(response, { content: '', refusal: null }, 'content_filter');
      case 'cut_off':
        return complete(response, { content: '{"headline":"The run fai', refusal: null }, 'length');
      case 'garbage':
        return complete(response, { content: '{"story": [1, {}], "outcome": "great"', refusal: null });
      case 'no_json':
        return void response.writeHead(200, { 'content-type': 'application/json' }).end('<html>bad gateway</html>');
      case 'empty':
        return send(response, 200, {});
      case 'server_error':
        return send(response, 500, { error: { message: 'oops', type: 'server_error', code: null } });
      case 'bad_key':
        return send(response, 401, { error: { message: 'Incorrect API key provided', code: 'invalid_api_key' } });
      case 'reset':
        return void request.socket.resetAndDestroy();
      case 'trickle':
        response.writeHead(200, { 'content-type': 'application/json' });
        return void response.write('{"id": ');
      case 'hang':
        return;
    }
  };
  const server = createServer((request, response) => {
    load.now++;
    load.most = Math.max(load.most, load.now);
    response.on('close', () => load.now--);
    void handle(request, response).catch(() => request.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    bodies,
    load,
    problems,
    answerWith(...next) {
      moods = next;
    },
    reportUsage(next) {
      usage = next;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** What OpenAI would not take: strict structured output knows a part of JSON schema only. */
function problemOf(request: IncomingMessage, body: string): string | null {
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions') return `${request.method} ${request.url}`;
  if (!request.headers.authorization?.startsWith('Bearer ')) return 'no key';
  const asked = JSON.parse(body) as {
    model?: string;
    messages?: { role: string; content: unknown }[];
    response_format?: { type: string; json_schema?: { strict?: boolean; schema?: unknown } };
    tools?: unknown;
  };
  if (asked.tools !== undefined) return 'tools';
  if (asked.messages?.map(({ role }) => role).join() !== 'system,user') return 'messages';
  const { type, json_schema: format } = asked.response_format ?? {};
  if (type !== 'json_schema' || format?.strict !== true) return 'not strict';
  return looseObject(format.schema) ? 'an object of the schema is not closed, or a field of it not required' : null;
}

function looseObject(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(looseObject);
  if (typeof schema !== 'object' || schema === null) return false;
  const { type, properties, required, additionalProperties } = schema as Record<string, unknown>;
  if (type === 'object') {
    const names = Object.keys((properties ?? {}) as object);
    if (additionalProperties !== false || names.some((name) => !(required as string[] | undefined)?.includes(name)))
      return true;
  }
  return Object.values(schema).some(looseObject);
}

export function askedIn(body: string): AskedFacts {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] };
  const { outcome, facts } = JSON.parse(messages[1]?.content ?? '') as { outcome: string; facts: string };
  return { outcome, records: JSON.parse(facts) as SeenRecord[], system: messages[0]?.content ?? '' };
}

/** An honest answer: only slots and everyday words. */
export function honest({ outcome, records }: AskedFacts): Record<string, unknown> {
  const slot = (value: unknown) => (value as { slot?: string } | null | undefined)?.slot ?? null;
  const find = (fact: string) => records.find((record) => record.fact === fact);
  const run = find('run') as SeenRecord;
  const story = [{ text: `${slot(run.who)} started the run.`, span_ids: run.spans }];
  const add = (record: SeenRecord | undefined, text: (record: SeenRecord) => string) => {
    if (record !== undefined) story.push({ text: text(record), span_ids: record.spans });
  };
  add(find('decision'), (record) => `It decided on ${slot(record.name)}.`);
  add(find('step failed'), (record) => `Then ${slot(record.step)} failed ${slot(record.times)}.`);
  add(find('was stopped'), (record) => `${slot(record.who)} was stopped.`);
  add(find('handed over'), (record) => `The run was handed to ${slot(record.to)}.`);
  add(find('step'), (record) => `It used ${slot(record.name)}.`);
  const ends: Record<string, string> = {
    failed: `${slot(run.who)} failed in ${slot(find('where the failure began')?.step) ?? 'a step'}`,
    stopped: `${slot(run.who)} was stopped`,
    escalated: `${slot(run.who)} handed over to ${slot(find('handed over')?.to)}`,
    degraded: `${slot(run.who)} finished without ${slot((find('skipped') ?? find('fallback'))?.without)}`,
    recovered: `${slot(run.who)} finished although ${slot(find('step failed')?.step) ?? 'it retried'} failed`,
  };
  return {
    headline: ends[outcome] ?? `${slot(run.who)} finished`,
    outcome,
    story,
    likely_cause: null,
    next_check: null,
  };
}
