// What was asked and answered, out of the forms that frameworks send; what is no words of a person is left out.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { charCount } from '../../clip.ts';
import { answeredIn, askedIn } from './excerpts.ts';

const asked = (input: string | null) => askedIn([{ spanId: 's', input, output: null }])?.text ?? null;
const answered = (output: string | null) => answeredIn([{ spanId: 's', input: null, output }])?.text ?? null;

test.each<[string, string | null, string | null]>([
  ['plain text', ' Where is my\n order? ', 'Where is my order?'],
  ['a JSON string', '"Where is it?"', 'Where is it?'],
  ['a field with a meaningful name', '{"order":1,"message":"It came late"}', 'It came late'],
  [
    'chat messages: the last of the user',
    '[{"role":"system","content":"You are x"},{"role":"user","content":"one"},{"role":"assistant","content":"a"},{"role":"user","content":"two"}]',
    'two',
  ],
  [
    'a request with messages',
    '{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hello"},{"type":"image_url"}]}]}',
    'hello',
  ],
  ['GenAI parts', '[{"role":"user","parts":[{"type":"text","content":"hi there"}]}]', 'hi there'],
  ['GenAI events', '[{"event.name":"gen_ai.user.message","content":"hi event"}]', 'hi event'],
  ['LangChain messages', '{"messages":[{"type":"human","content":"from a chain"}]}', 'from a chain'],
  ['arguments of a function', '{"args":[],"kwargs":{"question":"why?"}}', 'why?'],
  ['arguments without words', '{"args":[],"kwargs":{}}', null],
  ['figures', '42', null],
  ['JSON that was cut', '{"messages":[{"role":"user","con', null],
  ['nothing', null, null],
])('%s', (_case, input, expected) => expect(asked(input)).toBe(expected));

test.each<[string, string, string | null]>([
  ['plain text', 'It left yesterday.', 'It left yesterday.'],
  ['a completion', '{"choices":[{"message":{"role":"assistant","content":"On its way"}}]}', 'On its way'],
  ['a response', '{"output":[{"type":"message","content":[{"type":"output_text","text":"Done"}]}]}', 'Done'],
  ['messages', '[{"role":"assistant","parts":[{"type":"text","content":"Sure"}]}]', 'Sure'],
  ['a call and no words', '[{"role":"assistant","parts":[{"type":"tool_call","name":"x"}]}]', null],
])('an answer: %s', (_case, output, expected) => expect(answered(output)).toBe(expected));

test('the first span that says it is the one, and secrets are masked before the text is cut', () => {
  const payloads = ['{}', 'my key is sk-live_0123456789abcdef0123456789 ok'].map((input, i) => ({
    spanId: `s${i}`,
    input,
    output: null,
  }));
  expect(askedIn(payloads)).toEqual({ spanId: 's1', text: 'my key is [redacted] ok' });
  expect(asked(`${'a '.repeat(140)}password: hunter2hunter2`)).not.toContain('hunter2');
});

test('it never fails, and is one bounded line, whatever was sent', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 2000 }), fc.json({ maxDepth: 8 })), (sent) => {
      for (const text of [asked(sent), answered(sent)]) {
        if (text === null) continue;
        expect(charCount(text)).toBeLessThanOrEqual(300);
        expect(text).not.toMatch(/[\n\r\t]/);
      }
    }),
  );
});
