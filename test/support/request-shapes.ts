// Export requests of any shape, as bytes: resources and scopes whose own message comes first, last, twice or not at all,
// and records that are good, empty, secret, rejected or superseded among them.
import fc from 'fast-check';
import { block, fixed64, int } from './protobuf-fields.ts';

/** When everything here happened. */
export const START = 1_795_386_336_183_000_001n;

const text = (key: string, value: string) =>
  block(1, key).toString('latin1') + block(2, block(1, value)).toString('latin1');
export const attribute = (number: number, key: string, value: string) =>
  block(number, Buffer.from(text(key, value), 'latin1'));
export const id = (number: number, bytes: number, value: number) => {
  const content = Buffer.alloc(bytes);
  content.writeUInt32BE(value, bytes - 4);
  return block(number, content);
};

export interface RecordShape {
  readonly kind: 'good' | 'pending' | 'no trace' | 'no time' | 'empty' | 'secret';
}
let lastSpan = 0;
export function spanOf({ kind }: RecordShape): Buffer {
  if (kind === 'empty') return block(2, '');
  const parts = [
    id(1, 16, kind === 'no trace' ? 0 : ++lastSpan),
    id(2, 8, ++lastSpan),
    block(5, `step ${lastSpan % 7}`),
    ...(kind === 'no time' ? [] : [fixed64(7, START), fixed64(8, START + 5n)]),
    attribute(9, 'k', `v${lastSpan}`),
    ...(kind === 'pending' ? [attribute(9, 'logfire.span_type', 'pending_span')] : []),
    ...(kind === 'secret' ? [attribute(9, 'note', `Bearer ghp_${'a1B2'.repeat(9)}`)] : []),
  ];
  return block(2, ...parts);
}

export function logOf({ kind }: RecordShape): Buffer {
  if (kind === 'empty') return block(2, '');
  const isStep = kind === 'pending';
  return block(
    2,
    fixed64(1, START),
    int(2, 9),
    block(5, block(1, kind === 'secret' ? `token ghp_${'a1B2'.repeat(9)}` : `line ${++lastSpan}`)),
    ...(kind === 'no trace' ? [] : [id(9, 16, ++lastSpan), id(10, 8, ++lastSpan)]),
    ...(isStep ? [block(12, 'telltale.step.open'), attribute(6, 'telltale.step.name', 'waits')] : []),
  );
}

const record = fc.record({
  kind: fc.constantFrom<RecordShape['kind']>(
    'good',
    'good',
    'good',
    'pending',
    'no trace',
    'no time',
    'empty',
    'secret',
  ),
});
const scope = fc.record({
  records: fc.array(record, { maxLength: 4 }),
  /** The place of the scope's own message: before its records, after them, twice, or nowhere. */
  own: fc.constantFrom('first', 'last', 'twice', 'none'),
  unknown: fc.boolean(),
});
export const resource = fc.record({
  scopes: fc.array(scope, { maxLength: 3 }),
  own: fc.constantFrom('first', 'last', 'twice', 'none'),
  unknown: fc.boolean(),
});
type Own = 'first' | 'last' | 'twice' | 'none';

const around = (own: Own, message: (n: number) => Buffer, content: Buffer[]): Buffer[] => [
  ...(own === 'first' || own === 'twice' ? [message(1)] : []),
  ...content,
  ...(own === 'last' || own === 'twice' ? [message(2)] : []),
];

export function requestOf(
  resources: readonly {
    scopes: readonly { records: readonly RecordShape[]; own: Own; unknown: boolean }[];
    own: Own;
    unknown: boolean;
  }[],
  recordOf: (shape: RecordShape) => Buffer,
): Buffer {
  return Buffer.concat(
    resources.map(({ scopes, own, unknown }, r) => {
      const ownMessage = (n: number) =>
        block(
          1,
          attribute(1, 'service.name', `svc-${r}`),
          attribute(1, `pod.${n}`, `p${r}`),
          attribute(1, 'db.password', `hunter${r}`),
        );
      const content = scopes.map((each, s) =>
        block(
          2,
          ...around(each.own, (n) => block(1, block(1, `scope ${s}`), attribute(3, 'n', `${n}`)), [
            ...each.records.map(recordOf),
            ...(each.unknown ? [int(9, 7), block(3, 'https://schema')] : []),
          ]),
        ),
      );
      return Buffer.concat([
        block(1, ...around(own, ownMessage, content)),
        ...(unknown ? [int(900, 5), block(7, 'of another version')] : []),
      ]);
    }),
  );
}
