// Slack's rules for the blocks of a message, as far as messages here use them: shapes, allowed keys, lengths.
import { z } from 'zod';

const text = (max: number) =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() }),
    z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(max), verbatim: z.boolean().optional() }),
  ]);
const plain = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() });

const blockId = { block_id: z.string().max(255).optional() };
const button = z.strictObject({
  type: z.literal('button'),
  text: plain(75),
  url: z.url().max(3000).optional(),
  action_id: z.string().max(255).optional(),
  value: z.string().max(2000).optional(),
});
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plain(150), ...blockId }),
  z
    .strictObject({
      type: z.literal('section'),
      text: text(3000).optional(),
      fields: z.array(text(2000)).min(1).max(10).optional(),
      ...blockId,
    })
    .refine((section) => section.text !== undefined || section.fields !== undefined, 'a section needs text or fields'),
  z.strictObject({ type: z.literal('context'), elements: z.array(text(3000)).min(1).max(10), ...blockId }),
  z.strictObject({ type: z.literal('divider'), ...blockId }),
  z.strictObject({ type: z.literal('actions'), elements: z.array(button).min(1).max(25), ...blockId }),
]);
const blocksShape = z.array(block).min(1).max(50);

/** What Slack would refuse in these blocks, or null. */
export function findBlockProblem(blocks: unknown): string | null {
  const parsed = blocksShape.safeParse(blocks);
  return parsed.success ? null : z.prettifyError(parsed.error);
}
