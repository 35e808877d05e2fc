// The pg package against a PostgreSQL that refuses.
import pg from 'pg';
import { deadPort, withTcp } from './kit.mjs';
import { withPostgres } from './pg-server.mjs';

async function query(port, text, values, more = {}) {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'agent', database: 'shop', ...more });
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.query(text, values);
  } finally {
    client.end().catch(() => {});
  }
}

const failing = (fields) => (v) =>
  withPostgres({ onQuery: fields(v) }, (port) => query(port, `SELECT ${v.int(1, 99)}`));
const closed = (fields) => (v) => withPostgres({ atLogin: fields(v) }, (port) => query(port, 'SELECT 1'));
const WORDS = [
  'FROM',
  'WHERE',
  'JOIN',
  ')',
  'customer',
  'LIMIT',
  'total',
  '"',
  'GROUP',
  ';',
  'order',
  'AS',
  'amount',
  ',',
];

const CASES = {
  // Servers answer in their own language (lc_messages); the SQLSTATE is the same.
  'duplicate-order': failing((v) => ({
    C: '23505',
    M: v.pick([
      'duplicate key value violates unique constraint "orders_pkey"',
      'doppelter Schlüsselwert verletzt Unique-Constraint »orders_pkey«',
      'la valeur d’une clé dupliquée rompt la contrainte unique « orders_pkey »',
    ]),
    D: `Key (id)=(${v.digits(6)}) already exists.`,
  })),
  'duplicate-email': failing((v) => ({
    C: '23505',
    M: 'duplicate key value violates unique constraint "customers_email_key"',
    D: `Key (email)=(${v.id(6)}@example.org) already exists.`,
  })),
  'foreign-key': failing((v) => ({
    C: '23503',
    M: 'insert or update on table "refunds" violates foreign key constraint "refunds_order_id_fkey"',
    D: `Key (order_id)=(${v.digits(6)}) is not present in table "orders".`,
  })),
  'not-null': failing(() => ({
    C: '23502',
    M: 'null value in column "email" of relation "customers" violates not-null constraint',
  })),
  'undefined-column': failing(() => ({ C: '42703', M: 'column "total_amount" does not exist' })),
  'undefined-table': failing(() => ({ C: '42P01', M: 'relation "refund_items" does not exist' })),
  'undefined-table-other': failing(() => ({ C: '42P01', M: 'relation "vouchers" does not exist' })),
  // The statements are a model's, so the place where they break is another each time.
  syntax: failing((v) => ({ C: '42601', M: `syntax error at or near "${v.pick(WORDS)}"`, P: v.int(1, 200) })),
  'syntax-end': failing(() => ({ C: '42601', M: 'syntax error at end of input' })),
  'invalid-uuid': failing((v) => ({
    C: '22P02',
    M: `invalid input syntax for type uuid: "${v.pick([v.digits(5), v.person(), `order-${v.int(1, 99)}`, 'undefined', v.hex(8), 'N/A'])}"`,
  })),
  'invalid-integer': failing((v) => ({
    C: '22P02',
    M: `invalid input syntax for type integer: "${v.pick([`${v.int(1, 9)}.5`, v.person(), 'null', `#${v.digits(4)}`, v.id(5), 'twelve'])}"`,
  })),
  deadlock: failing((v) => ({
    C: '40P01',
    M: 'deadlock detected',
    D: `Process ${v.digits(5)} waits for ShareLock on transaction ${v.digits(7)}; blocked by process ${v.digits(5)}.`,
  })),
  serialization: failing(() => ({ C: '40001', M: 'could not serialize access due to concurrent update' })),
  'statement-timeout': failing(() => ({ C: '57014', M: 'canceling statement due to statement timeout' })),
  'value-too-long': failing((v) => ({
    C: '22001',
    M: `value too long for type character varying(${v.pick([32, 64, 255])})`,
  })),
  'disk-full': failing((v) => ({
    C: '53100',
    M: `could not extend file "base/${v.digits(5)}/${v.digits(6)}": No space left on device`,
    H: 'Check free disk space.',
  })),
  'permission-denied': failing(() => ({ C: '42501', M: 'permission denied for table payments' })),
  'too-many-clients': closed(() => ({ C: '53300', M: 'sorry, too many clients already' })),
  'password-wrong': closed((v) => ({
    C: '28P01',
    M: `password authentication failed for user "agent_${v.int(1, 40)}"`,
  })),
  'database-missing': closed((v) => ({ C: '3D000', M: `database "shop_${v.int(1, 90)}" does not exist` })),
  'starting-up': closed(() => ({ C: '57P03', M: 'the database system is starting up' })),
  'cut-off': () => withPostgres({}, (port) => query(port, 'SELECT 1')),
  'query-timeout': (v) =>
    withTcp(
      (socket) => socket.once('data', () => socket.write(Buffer.from('520000000800000000' + '5a0000000549', 'hex'))),
      (port) => query(port, 'SELECT 1', [], { query_timeout: v.int(5, 40) }),
    ),
  'connect-timeout': (v) =>
    withTcp(
      () => {},
      (port) => query(port, 'SELECT 1', [], { connectionTimeoutMillis: v.int(5, 40) }),
    ),
  'connection-refused': async () => query(await deadPort(), 'SELECT 1'),
};

export default () =>
  Object.entries(CASES).map(([name, provoke]) => ({
    name: `pg-${name}`,
    agent: 'refund-desk',
    kind: 'tool',
    step: 'orders.query',
    provoke: (v) => provoke(v),
  }));
