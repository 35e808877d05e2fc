// The @anthropic-ai/sdk package against a server that refuses.
import Anthropic from '@anthropic-ai/sdk';
import { answer, deadPort, silence, withHttp } from './kit.mjs';

async function ask(baseURL, model, options = {}) {
  const client = new Anthropic({ apiKey: 'none', baseURL, maxRetries: 0, ...options });
  return client.messages.create({ model, max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] });
}

const refused = (status, type, message) => (v) => {
  const request_id = `req_011C${v.id(20)}`;
  // Gateways pass the fields on in an order of their own.
  const error = v.index % 2 === 0 ? { type, message: message(v) } : { message: message(v), type };
  const body = v.index % 3 === 0 ? { error, request_id, type: 'error' } : { type: 'error', error, request_id };
  return withHttp(answer(status, body, { 'request-id': request_id }), (url) => ask(url, v.model));
};

const CASES = {
  overloaded: refused(529, 'overloaded_error', () => 'Overloaded'),
  'rate-limit-input': refused(
    429,
    'rate_limit_error',
    (v) =>
      `This request would exceed your organization's rate limit of ${v.int(20, 4000)},000 input tokens per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. Please reduce the prompt length or the maximum tokens requested, or try again later.`,
  ),
  'rate-limit-output': refused(
    429,
    'rate_limit_error',
    (v) =>
      `This request would exceed your organization's rate limit of ${v.int(4, 800)},000 output tokens per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. Please reduce the prompt length or the maximum tokens requested, or try again later.`,
  ),
  'rate-limit-acceleration': refused(
    429,
    'rate_limit_error',
    () =>
      'This request would exceed your organization’s maximum usage increase rate for input tokens per minute. Please scale up your input tokens usage more gradually.',
  ),
  'invalid-key': refused(401, 'authentication_error', () => 'invalid x-api-key'),
  'prompt-too-long': refused(
    400,
    'invalid_request_error',
    (v) => `prompt is too long: ${v.int(200001, 990000)} tokens > ${v.pick([200000, 500000])} maximum`,
  ),
  'credit-low': refused(
    400,
    'invalid_request_error',
    () =>
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  ),
  'tool-result-missing': refused(
    400,
    'invalid_request_error',
    (v) =>
      `messages.${v.int(1, 60)}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${Array.from({ length: v.int(1, 3) }, () => `toolu_01${v.id(22)}`).join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  ),
  'empty-text': refused(
    400,
    'invalid_request_error',
    (v) => `messages.${v.int(0, 40)}.content.${v.int(0, 5)}.text: Field required`,
  ),
  'image-too-large': refused(
    400,
    'invalid_request_error',
    (v) =>
      `messages.${v.int(0, 9)}.content.${v.int(0, 3)}.image.source.base64: image exceeds 5 MB maximum: ${v.int(5242881, 9999999)} bytes > 5242880 bytes`,
  ),
  'api-error': refused(500, 'api_error', () => 'Internal server error'),
  timeout: (v) => withHttp(silence, (url) => ask(url, v.model, { timeout: v.int(5, 40) })),
  'connection-refused': async (v) => ask(`http://127.0.0.1:${await deadPort()}`, v.model),
};

export default () =>
  Object.entries(CASES).map(([name, provoke]) => ({
    name: `anthropic-${name}`,
    agent: 'support-desk',
    kind: 'llm',
    provoke: (v) => provoke(v),
    step: (v) => {
      v.model = v.pick(['claude-sonnet-4-20250514', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5-20251101']);
      return v.model;
    },
  }));
