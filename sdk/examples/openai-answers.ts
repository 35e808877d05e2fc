// Answers like the OpenAI API, for the example that must run without one.
import type { IncomingMessage, ServerResponse } from 'node:http';

const USAGE = { prompt_tokens: 12, completion_tokens: 6, total_tokens: 18 };
const MODEL = 'gpt-4.1-mini-2025-04-14';

/** Streams, responses, embeddings; a 404 for an unknown model. */
export function answerAsOpenAI(request: IncomingMessage, response: ServerResponse): void {
  let text = '';
  request.on('data', (part) => {
    text += part;
  });
  request.on('end', () => {
    const { model, stream } = JSON.parse(text) as { model: string; stream?: boolean };
    const path = request.url ?? '';
    if (model === 'no-such-model') {
      send(response, 404, { error: { message: `There is no model ${model}.`, type: 'invalid_request_error' } });
    } else if (path.endsWith('/embeddings')) {
      const data = [{ object: 'embedding', index: 0, embedding: Buffer.alloc(12).toString('base64') }];
      send(response, 200, { object: 'list', model, data, usage: { prompt_tokens: 5, total_tokens: 5 } });
    } else if (path.endsWith('/responses')) {
      const content = [{ type: 'output_text', text: 'On its way.', annotations: [] }];
      const output = [{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content }];
      const usage = { input_tokens: 20, output_tokens: 3, total_tokens: 23 };
      send(response, 200, { id: 'resp_1', object: 'response', status: 'completed', model: MODEL, output, usage });
    } else if (stream === true) sendStream(response);
    else send(response, 400, { error: { message: 'Only streams here.', type: 'invalid_request_error' } });
  });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendStream(response: ServerResponse): void {
  const chunk = (choices: unknown[], more = {}) =>
    response.write(`data: ${JSON.stringify({ id: 'chatcmpl-1', model: MODEL, choices, ...more })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const content of ['Your order ', 'left ', 'yesterday.']) chunk([{ index: 0, delta: { content } }]);
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]);
  chunk([], { usage: USAGE });
  response.end('data: [DONE]\n\n');
}
