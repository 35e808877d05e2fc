// MCP, the AI SDK, Stripe, Slack, GitHub, mail, and a service of one's own that answers in its customers' languages.
import { createOpenAI } from '@ai-sdk/openai';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { request as github } from '@octokit/request';
import { WebClient } from '@slack/web-api';
import { timeout } from '@telltale/sdk';
import { generateObject, generateText } from 'ai';
import nodemailer from 'nodemailer';
import Stripe from 'stripe';
import { z } from 'zod';
import { answer, deadPort, silence, withHttp, withTcp } from './kit.mjs';

async function withMcp(use) {
  const server = new McpServer({ name: 'shop', version: '1.0.0' });
  server.registerTool(
    'refund',
    { inputSchema: { order: z.number(), reason: z.enum(['late', 'broken']) } },
    async ({ order }) => {
      throw new Error(`order ${order} was already refunded`);
    },
  );
  server.registerTool('wait', { inputSchema: {} }, () => new Promise(() => {}));
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await Promise.all([server.connect(far), client.connect(near)]);
  try {
    return await use(client, server);
  } finally {
    await client.close();
  }
}

/** MCP gives what a tool says of its failure back as a result. */
async function called(client, name, args, options) {
  const result = await client.callTool({ name, arguments: args }, undefined, options);
  if (result.isError) throw new Error(result.content[0].text);
}
const MCP = {
  'unknown-tool': (v) => withMcp((client) => called(client, 'cancel_order', { order: v.int(1, 9999) })),
  'wrong-arguments': (v) => withMcp((client) => called(client, 'refund', { order: v.digits(5), reason: 'late' })),
  'wrong-reason': (v) => withMcp((client) => called(client, 'refund', { order: v.int(1, 9999), reason: v.person() })),
  'tool-failed': (v) => withMcp((client) => called(client, 'refund', { order: v.int(1, 99999), reason: 'late' })),
  timeout: (v) => withMcp((client) => called(client, 'wait', {}, { timeout: v.int(5, 40) })),
  closed: () =>
    withMcp((client, server) => {
      setImmediate(() => server.close());
      return called(client, 'wait', {});
    }),
  'no-resources': () => withMcp((client) => client.request({ method: 'resources/list' }, z.any())),
};

const MODEL = 'gpt-4.1-mini';
const model = (url) => createOpenAI({ apiKey: 'none', baseURL: url }).chat(MODEL);
const chat = (message, finish_reason = 'stop') => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, finish_reason, message: { role: 'assistant', ...message } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
const object = (url) =>
  generateObject({ model: model(url), maxRetries: 0, prompt: 'x', schema: z.object({ total: z.number() }) });
const AI_SDK = {
  'not-json': (v) => withHttp(answer(200, chat({ content: `${v.sentence()} ${v.sentence()}` })), object),
  'wrong-shape': (v) => withHttp(answer(200, chat({ content: `{"total":"${v.person()}"}` })), object),
  'status-429': (v) =>
    withHttp(
      answer(429, {
        error: {
          message: `Rate limit reached. Try again in ${v.int(1, 50)}s.`,
          type: 'tokens',
          code: 'rate_limit_exceeded',
        },
      }),
      (url) => generateText({ model: model(url), maxRetries: 0, prompt: 'x' }),
    ),
  'retries-used-up': (v) =>
    withHttp(
      answer(500, { error: { message: `upstream ${v.ip()} failed`, type: 'server_error' } }, { 'retry-after-ms': '1' }),
      (url) => generateText({ model: model(url), maxRetries: v.int(1, 3), prompt: 'x' }),
    ),
  'connect-refused': async () =>
    generateText({ model: model(`http://127.0.0.1:${await deadPort()}`), maxRetries: 0, prompt: 'x' }),
};

const stripeSays = (status, error) => (v) =>
  withHttp(answer(status, { error: error(v) }, { 'request-id': `req_${v.id(14)}` }), (url) => {
    const { hostname, port } = new URL(url);
    return new Stripe('sk_test_none', {
      host: hostname,
      port,
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
    }).refunds.create({ charge: `ch_${v.id(16)}` });
  });
const STRIPE = {
  'card-declined': stripeSays(402, () => ({
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'generic_decline',
    message: 'Your card was declined.',
  })),
  'no-funds': stripeSays(402, () => ({
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
  })),
  'already-refunded': stripeSays(400, (v) => ({
    type: 'invalid_request_error',
    code: 'charge_already_refunded',
    message: `Charge ch_${v.id(24)} has already been refunded.`,
  })),
  'no-charge': stripeSays(404, (v) => ({
    type: 'invalid_request_error',
    code: 'resource_missing',
    param: 'charge',
    message: `No such charge: 'ch_${v.id(24)}'`,
  })),
  'too-much': stripeSays(400, (v) => ({
    type: 'invalid_request_error',
    message: `Refund amount ($${v.int(10, 99)}.${v.digits(2)}) is greater than unrefunded amount on charge ($${v.int(1, 9)}.00)`,
  })),
  'rate-limit': stripeSays(429, () => ({
    type: 'invalid_request_error',
    code: 'rate_limit',
    message: 'Request rate limit exceeded. Learn more about rate limits here: https://stripe.com/docs/rate-limits.',
  })),
};

const slackSays = (status, body, headers) => (v) =>
  withHttp(answer(status, body, headers?.(v)), (url) =>
    new WebClient('xoxb-none', {
      slackApiUrl: `${url}/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logLevel: 'error',
    }).chat.postMessage({ channel: `C${v.id(9)}`, text: v.sentence() }),
  );
const SLACK = {
  'no-channel': slackSays(200, { ok: false, error: 'channel_not_found' }),
  'no-auth': slackSays(200, { ok: false, error: 'invalid_auth' }),
  'rate-limit': slackSays(429, {}, (v) => ({ 'retry-after': String(v.int(1, 90)) })),
  'server-error': slackSays(503, 'upstream'),
};

const githubSays = (status, body, headers) => (v) =>
  withHttp(answer(status, body(v), headers), (url) =>
    github(`GET /repos/acme/${v.id(6)}/issues/${v.int(1, 999)}`, { baseUrl: url, request: { log: { warn() {} } } }),
  );
const GITHUB = {
  'not-found': githubSays(404, () => ({
    message: 'Not Found',
    documentation_url: 'https://docs.github.com/rest/issues/issues#get-an-issue',
  })),
  'rate-limit': githubSays(403, (v) => ({
    message: `API rate limit exceeded for user ID ${v.digits(7)}. If you reach out to GitHub Support for help, please include the request ID ${v.hex(4)}:${v.hex(6)}:${v.hex(7)} and timestamp 2026-11-${v.int(10, 28)} 10:${v.int(10, 59)}:07 UTC.`,
    documentation_url: 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api',
  })),
  'bad-credentials': githubSays(401, () => ({
    message: 'Bad credentials',
    documentation_url: 'https://docs.github.com/rest',
  })),
};

const smtp = (lines) => (v) =>
  withTcp(
    (socket) => {
      socket.write('220 mail.example.com ESMTP\r\n');
      socket.on('data', (data) => socket.write(`${lines(String(data).slice(0, 4).toUpperCase(), v)}\r\n`));
    },
    (port) => send(port, v),
  );
const send = (port, v, more = {}) =>
  nodemailer
    .createTransport({ host: '127.0.0.1', port, ignoreTLS: true, auth: { user: 'agent', pass: 'none' }, ...more })
    .sendMail({ from: 'agent@example.com', to: `${v.id(6)}@example.org`, text: v.sentence() });
const steps = (at, text) =>
  smtp((command, v) =>
    command === at
      ? text(v)
      : command === 'EHLO'
        ? '250-mail\r\n250 AUTH PLAIN'
        : command === 'AUTH'
          ? '235 ok'
          : command === 'DATA'
            ? '354 go'
            : '250 ok',
  );
const MAIL = {
  'login-refused': steps(
    'AUTH',
    (v) =>
      `535 5.7.8 Username and Password not accepted. For more information, go to 5.7.8 https://support.google.com/mail/?p=BadCredentials ${v.hex(12)}.${v.int(1, 99)} - gsmtp`,
  ),
  'no-mailbox': steps(
    'RCPT',
    (v) => `550 5.1.1 <${v.id(6)}@example.org>: Recipient address rejected: User unknown in virtual mailbox table`,
  ),
  greylisted: steps(
    'RCPT',
    (v) =>
      `450 4.2.0 <${v.id(6)}@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example.org/help/${v.id(8)}.html`,
  ),
  'too-large': steps(
    'DATA',
    (v) => `552 5.3.4 Message size ${v.digits(8)} exceeds fixed limit ${v.pick([10240000, 20480000])}`,
  ),
  refused: async (v) => send(await deadPort(), v),
  'no-greeting': (v) =>
    withTcp(
      () => {},
      (port) => send(port, v, { greetingTimeout: v.int(5, 40) }),
    ),
};

async function ownService(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`CRM answered ${response.status}: ${(await response.json()).message}`);
}
const crm = (status, message) => (v) => withHttp(answer(status, { message: message(v) }), ownService);
class PermissionError extends Error {
  name = 'PermissionError';
}
class QuotaError extends Error {
  name = 'QuotaError';
}
async function refuse(Kind) {
  throw new Kind('Der Zugriff wurde verweigert');
}
const OWN = {
  'customer-missing-de': crm(404, (v) => `Kunde ${v.person()} (Nr. ${v.digits(5)}) wurde nicht gefunden`),
  'customer-missing-zh': crm(404, (v) => `找不到客户 ${v.person()}，编号 ${v.digits(5)}`),
  'contract-ended-fr': crm(
    409,
    (v) => `Le contrat n° ${v.digits(6)} de « ${v.person()} » a expiré le ${v.int(1, 28)}/${v.int(1, 12)}/2026`,
  ),
  'stock-empty-es': crm(409, (v) => `No quedan existencias del artículo ${v.id(6)} (almacén ${v.int(1, 20)})`),
  'locked-ja': crm(423, (v) => `注文${v.digits(6)}は${v.person()}さんが編集中です`),
  // The same text twice: only the type says whether to ask for rights or to wait.
  'denied-no-rights': () => refuse(PermissionError),
  'denied-no-quota': () => refuse(QuotaError),
  'slow-call': (v) =>
    withHttp(silence, (url) =>
      timeout('customer.fetch', { timeoutMs: v.int(5, 40) }, (call) => fetch(url, { signal: call.signal })),
    ),
};

const under = (prefix, agent, kind, step, cases) =>
  Object.entries(cases).map(([name, provoke]) => ({
    name: `${prefix}-${name}`,
    agent,
    kind,
    step,
    provoke: (v) => provoke(v),
  }));

export default () => [
  ...under('mcp', 'support-desk', 'tool', 'shop.refund', MCP),
  ...under('ai-sdk', 'writer', 'llm', MODEL, AI_SDK),
  ...under('stripe', 'refund-desk', 'tool', 'payments.refund', STRIPE),
  ...under('slack', 'refund-desk', 'tool', 'chat.post', SLACK),
  ...under('github', 'triage', 'tool', 'issues.get', GITHUB),
  ...under('mail', 'refund-desk', 'tool', 'mail.send', MAIL),
  ...under('crm', 'support-desk', 'tool', 'customer.find', OWN),
];
