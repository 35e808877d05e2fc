// The openai package against a server that refuses, breaks off or answers nonsense.
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { answer, deadPort, silence, withHttp } from './kit.mjs';

const MODELS = [
  'gpt-4.1-2025-04-14',
  'gpt-4.1-2025-08-01',
  'gpt-4.1-2026-01-20',
  'gpt-5.1-2025-11-13',
  'gpt-5.2-2026-03-05',
];
const Invoice = z.object({ total: z.number(), currency: z.enum(['EUR', 'USD']) });

async function ask(baseURL, model, more = {}, options = {}) {
  const client = new OpenAI({ apiKey: 'sk-none', baseURL, maxRetries: 0, ...options });
  const completion = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: 'hi' }],
    ...more,
  });
  if (more.stream) for await (const _chunk of completion);
  return completion;
}

const refused = (status, error, headers) => (v) =>
  withHttp(
    (request, response) =>
      answer(status, { error: error(v) }, { 'x-request-id': `req_${v.hex(32)}`, ...headers })(request, response),
    (url) => ask(url, v.model),
  );
const limit = (on, unit, wait) => (v) => ({
  message: `Rate limit reached for ${v.model} in organization org-${v.id(24)} on ${on}: Limit ${v.int(3, 900) * 100}, Used ${v.int(100, 89999)}, Requested ${v.int(1, 9000)}. Please try again in ${wait(v)}. Visit https://platform.openai.com/account/rate-limits to learn more.`,
  type: unit,
  param: null,
  code: 'rate_limit_exceeded',
});
const seconds = (v) =>
  v.pick([`${v.int(1, 59)}.${v.int(1, 999)}s`, `${v.int(2, 990)}ms`, `${v.int(1, 9)}m${v.int(1, 59)}s`]);
const invalid =
  (message, param = null, code = null) =>
  (v) => ({ message: message(v), type: 'invalid_request_error', param: param?.(v) ?? null, code });

const CASES = {
  'rate-limit-tokens': refused(429, limit('tokens per min (TPM)', 'tokens', seconds)),
  'rate-limit-requests': refused(429, limit('requests per min (RPM)', 'requests', seconds)),
  'rate-limit-requests-day': refused(
    429,
    limit('requests per day (RPD)', 'requests', (v) => `${v.int(1, 9)}h${v.int(1, 59)}m${v.int(1, 59)}s`),
  ),
  quota: refused(429, () => ({
    message:
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
    type: 'insufficient_quota',
    param: null,
    code: 'insufficient_quota',
  })),
  'invalid-key': refused(
    401,
    invalid(
      (v) =>
        `Incorrect API key provided: sk-${v.id(4)}${'*'.repeat(v.int(12, 40))}${v.id(4)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
      null,
      'invalid_api_key',
    ),
  ),
  'model-missing': refused(
    404,
    invalid((v) => `The model \`${v.model}\` does not exist or you do not have access to it.`, null, 'model_not_found'),
  ),
  'context-length': refused(
    400,
    invalid(
      (v) =>
        `This model's maximum context length is ${v.pick([8192, 128000, 200000, 1047576])} tokens. However, your messages resulted in ${v.int(8200, 2000000)} tokens (${v.int(8000, 90000)} in the messages, ${v.int(100, 900)} in the functions). Please reduce the length of the messages or functions.`,
      () => 'messages',
      'context_length_exceeded',
    ),
  ),
  'content-filter': refused(
    400,
    invalid(
      () =>
        'Your request was rejected as a result of our safety system. Your request may contain content that is not allowed by our safety system.',
      null,
      'content_policy_violation',
    ),
  ),
  'wrong-type': refused(
    400,
    invalid(
      (v) =>
        `Invalid type for 'messages[${v.index % 50}].content': expected one of a string or array of objects, but got ${v.pick(['an integer', 'an object', 'null'])} instead.`,
      (v) => `messages[${v.index % 50}].content`,
      'invalid_type',
    ),
  ),
  'tool-reply-missing': refused(
    400,
    invalid(
      (v) =>
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${Array.from({ length: v.int(1, 3) }, () => `call_${v.id(24)}`).join(', ')}`,
      (v) => `messages.[${v.int(1, 40)}].role`,
    ),
  ),
  'unsupported-parameter': refused(
    400,
    invalid(
      () =>
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      () => 'max_tokens',
      'unsupported_parameter',
    ),
  ),
  'server-error': refused(500, (v) => ({
    message: `The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error. (Please include the request ID req_${v.hex(32)} in your email.)`,
    type: 'server_error',
    param: null,
    code: null,
  })),
  'gateway-page': (v) =>
    withHttp(
      answer(
        502,
        `<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n<!-- ray ${v.hex(16)} ${v.ip()} -->\r\n</body>\r\n</html>`,
      ),
      (url) => ask(url, v.model),
    ),
  timeout: (v) => withHttp(silence, (url) => ask(url, v.model, {}, { timeout: v.int(5, 40) })),
  'connection-refused': async (v) => ask(`http://127.0.0.1:${await deadPort()}/v1`, v.model),
  'connection-reset': (v) =>
    withHttp(
      (request) => request.socket.destroy(),
      (url) => ask(url, v.model),
    ),
  'stream-not-json': (v) =>
    withHttp(
      answer(200, `data: {"id":"chatcmpl-${v.id(20)}","choices":[{"delta":{"content":"${v.person()}\n\n`, {
        'content-type': 'text/event-stream',
      }),
      (url) => ask(url, v.model, { stream: true }),
    ),
  'reply-cut-at-length': (v) =>
    withHttp(
      answer(200, {
        id: `chatcmpl-${v.id(20)}`,
        object: 'chat.completion',
        choices: [
          { index: 0, finish_reason: 'length', message: { role: 'assistant', content: `{"total": ${v.int(1, 99)}` } },
        ],
        usage: { prompt_tokens: v.int(1, 9999), completion_tokens: v.int(1, 999), total_tokens: v.int(1, 9999) },
      }),
      (url) =>
        new OpenAI({ apiKey: 'sk-none', baseURL: url, maxRetries: 0 }).chat.completions.parse({
          model: v.model,
          messages: [],
          response_format: zodResponseFormat(Invoice, 'invoice'),
        }),
    ),
};

export default () =>
  Object.entries(CASES).map(([name, provoke]) => ({
    name: `openai-${name}`,
    agent: 'invoice-reader',
    kind: 'llm',
    provoke: (v) => provoke(v),
    // Releases of one family: the class says which model line failed, not which date it carries.
    step: (v) => {
      v.model = v.pick(MODELS.slice(0, 3));
      return v.model;
    },
  }));
