// zod, ajv, yaml, csv-parse, jsonwebtoken and LangChain's parser on what a model or a partner sent.
import { StructuredOutputParser } from '@langchain/core/output_parsers';
import Ajv from 'ajv';
import { parse as parseCsv } from 'csv-parse/sync';
import jwt from 'jsonwebtoken';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

const Order = z.strictObject({
  id: z.int(),
  status: z.enum(['open', 'paid', 'shipped']),
  email: z.email(),
  items: z.array(z.object({ sku: z.string(), price: z.number().positive() })).min(1),
});
const good = (v) => ({
  id: v.int(1, 99999),
  status: 'open',
  email: 'a@example.org',
  items: Array.from({ length: v.int(4, 9) }, () => ({ sku: v.id(6), price: v.int(1, 99) })),
});

/** The order with one thing wrong in it, at one of its items. */
function withItem(v, change) {
  const order = good(v);
  Object.assign(order.items[v.int(0, 3)], change);
  return order;
}

const ZOD = {
  'missing-id': (v) => Order.parse({ ...good(v), id: undefined }),
  'id-is-text': (v) => Order.parse({ ...good(v), id: v.digits(5) }),
  'status-unknown': (v) => Order.parse({ ...good(v), status: v.pick(['done', 'offen', v.id(5)]) }),
  'email-invalid': (v) => Order.parse({ ...good(v), email: v.person() }),
  'price-is-text': (v) => Order.parse(withItem(v, { price: `${v.int(1, 99)} EUR` })),
  'price-negative': (v) => Order.parse(withItem(v, { price: -v.int(1, 99) })),
  'sku-missing': (v) => Order.parse(withItem(v, { sku: undefined })),
  'items-empty': (v) => Order.parse({ ...good(v), items: [] }),
  'key-unknown': (v) => Order.parse({ ...good(v), [v.pick(['comment', 'note', 'kommentar'])]: v.sentence() }),
};

const ajv = new Ajv();
const schema = {
  type: 'object',
  required: ['id', 'items'],
  additionalProperties: false,
  properties: {
    id: { type: 'integer' },
    status: { enum: ['open', 'paid'] },
    email: { type: 'string' },
    items: {
      type: 'array',
      items: {
        type: 'object',
        required: ['sku'],
        properties: { sku: { type: 'string', pattern: '^[A-Z]{3}$' }, price: { type: 'number', minimum: 0 } },
      },
    },
  },
};
const check = ajv.compile(schema);

/** As ajv's own documentation says to report what is wrong. */
function checked(value) {
  if (!check(value)) throw new Error(ajv.errorsText(check.errors));
}

const AJV = {
  'missing-id': (v) => checked({ ...good(v), id: undefined, items: [] }),
  'price-type': (v) =>
    checked({ ...good(v), items: Array.from({ length: v.int(1, 9) }, () => ({ sku: 'ABC', price: v.person() })) }),
  pattern: (v) => checked({ ...good(v), items: [{ sku: v.digits(6) }] }),
  'bad-reference': (v) => ajv.compile({ $ref: `#/$defs/${v.pick(['Order', 'Item', 'Address'])}` }),
  'unknown-keyword': () => ajv.compile({ type: 'object', nulable: true }),
};

const secret = 'bench';
const FORMATS = {
  'yaml-indent': (v) =>
    parseYaml(`${'# note\n'.repeat(v.int(0, 30))}name: ${v.id(5)}\n  steps: [${v.int(1, 9)}\nnext: ${v.person()}`),
  'yaml-quote': (v) => parseYaml(`${'# note\n'.repeat(v.int(0, 30))}name: "${v.person()}`),
  'yaml-duplicate': (v) => parseYaml(`${'# note\n'.repeat(v.int(0, 30))}step: ${v.id(4)}\nstep: ${v.id(4)}\n`),
  'csv-columns': (v) =>
    parseCsv(`id,name,total\n${'1,a,2\n'.repeat(v.int(0, 40))}${v.int(1, 99)},${v.id(4)}\n`, { columns: true }),
  'csv-quote': (v) => parseCsv(`id,name\n${'1,a\n'.repeat(v.int(0, 40))}2,"${v.id(5)}"x\n`),
  'jwt-expired': (v) => jwt.verify(jwt.sign({ sub: v.id(8), exp: 1_700_000_000 - v.int(1, 9999) }, secret), secret),
  'jwt-signature': (v) => jwt.verify(jwt.sign({ sub: v.id(8) }, v.id(8)), secret),
  'jwt-malformed': (v) => jwt.verify(v.id(v.int(10, 40)), secret),
};

const parser = StructuredOutputParser.fromZodSchema(z.object({ total: z.number(), reason: z.string() }));
const LANGCHAIN = {
  'not-json': (v) => parser.parse(`${v.sentence()} ${v.sentence()}`),
  'wrong-shape': (v) =>
    parser.parse(`\`\`\`json\n${JSON.stringify({ total: v.person(), reason: v.sentence() })}\n\`\`\``),
};

const under = (prefix, step, cases) =>
  Object.entries(cases).map(([name, provoke]) => ({
    name: `${prefix}-${name}`,
    agent: 'intake',
    kind: 'step',
    step,
    provoke: async (v) => provoke(v),
  }));

export default () => [
  ...under('zod', 'order.check', ZOD),
  ...under('ajv', 'order.validate', AJV),
  ...under('format', 'upload.read', FORMATS),
  ...under('langchain', 'answer.parse', LANGCHAIN),
];
