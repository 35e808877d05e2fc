// An observed client of the `openai` package: an answer, a stream, a failure that is retried by the package, embeddings.
// Without OPENAI_BASE_URL it asks a small server of its own, so it runs anywhere.
import { createServer } from 'node:http';
import { agent, observeOpenAI, start } from '@telltale/sdk';
import OpenAI from 'openai';
import { listen } from './listen.ts';
import { answerAsOpenAI } from './openai-answers.ts';

start({ service: 'assistant' });

const local = process.env.OPENAI_BASE_URL === undefined ? await listen(createServer(answerAsOpenAI)) : null;
const client = observeOpenAI(
  local === null ? new OpenAI() : new OpenAI({ baseURL: `${local.url}/v1`, apiKey: 'none', maxRetries: 1 }),
  { includeUsage: true },
);
const model = 'gpt-4.1-mini';

await agent('assistant', async (run) => {
  console.log(`Run ${run.traceId}`);
  const messages = [{ role: 'user' as const, content: 'Where is order 48213?' }];
  await client.embeddings.create({ model: 'text-embedding-3-small', input: messages[0]?.content ?? '' });
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  for await (const { choices } of stream) process.stdout.write(choices[0]?.delta.content ?? '');
  const { output_text: text } = await client.responses.create({ model, input: 'Say it shorter.' });
  console.log(`\n${text}`);
  await client.chat.completions.create({ model: 'no-such-model', messages }).catch((error: Error) => {
    console.log(error.message);
  });
});
await local?.close();
