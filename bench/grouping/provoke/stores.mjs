// ioredis, mysql2, S3 and gRPC against servers that refuse.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import grpc from '@grpc/grpc-js';
import { Redis } from 'ioredis';
import mysql from 'mysql2';
import { answer, deadPort, silence, withHttp, withTcp } from './kit.mjs';

async function redis(port, use, options = {}) {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    disableClientInfo: true,
    ...options,
  });
  client.on('error', () => {});
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}
const get = (v) => (client) => client.get(`session:${v.id(8)}`);
const redisSays = (text) => (v) =>
  withTcp(
    (socket) => socket.on('data', () => socket.write(`-${text(v)}\r\n`)),
    (port) => redis(port, get(v)),
  );
const REDIS = {
  'wrong-type': redisSays(() => 'WRONGTYPE Operation against a key holding the wrong kind of value'),
  'no-auth': redisSays(() => 'NOAUTH Authentication required.'),
  'out-of-memory': redisSays(() => "OOM command not allowed when used memory > 'maxmemory'."),
  'read-only': redisSays(() => "READONLY You can't write against a read only replica."),
  loading: redisSays(() => 'LOADING Redis is loading the dataset in memory'),
  moved: redisSays((v) => `MOVED ${v.int(0, 16383)} ${v.ip()}:${v.int(6379, 6390)}`),
  'command-timeout': (v) =>
    withTcp(
      () => {},
      (port) => redis(port, get(v), { commandTimeout: v.int(5, 40) }),
    ),
  refused: async (v) => redis(await deadPort(), get(v)),
};

async function withMysql(refuse, use) {
  const server = mysql.createServer();
  server.on('connection', (connection) => {
    connection.on('error', () => {});
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.4.0',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff ^ 2048 ^ 32,
    });
    connection.on('query', () => connection.writeError(refuse));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  try {
    return await use(server._server.address().port);
  } finally {
    server._server.close();
  }
}
async function sql(port, text) {
  const client = mysql.createConnection({ host: '127.0.0.1', port, user: 'agent', connectTimeout: 2000 });
  client.on('error', () => {});
  try {
    return await client.promise().query(text);
  } finally {
    client.destroy();
  }
}
const mysqlSays = (code, message) => (v) =>
  withMysql({ code, message: message(v) }, (port) => sql(port, `SELECT ${v.int(1, 9)}`));
const MYSQL = {
  duplicate: mysqlSays(
    1062,
    (v) => `Duplicate entry '${v.pick([v.digits(6), `${v.id(5)}@example.org`, v.person()])}' for key 'customers.email'`,
  ),
  deadlock: mysqlSays(1213, () => 'Deadlock found when trying to get lock; try restarting transaction'),
  syntax: mysqlSays(
    1064,
    (v) =>
      `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${v.pick(['FROM', 'GROUP BY', ')', ''])} ${v.id(5)} LIMIT ${v.int(1, 99)}' at line ${v.int(1, 9)}`,
  ),
  'access-denied': mysqlSays(1045, (v) => `Access denied for user 'agent'@'${v.ip()}' (using password: YES)`),
  'gone-table': mysqlSays(1146, () => "Table 'shop.refund_items' doesn't exist"),
  'data-too-long': mysqlSays(1406, (v) => `Data too long for column 'note' at row ${v.int(1, 90)}`),
};

const s3Says =
  (status, code, message, more = () => '') =>
  (v) =>
    withHttp(
      answer(
        status,
        `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message(v)}</Message>${more(v)}<RequestId>${v.hex(16).toUpperCase()}</RequestId></Error>`,
        { 'content-type': 'application/xml' },
      ),
      (endpoint) => object(v, { endpoint }),
    );
function object(v, options) {
  const client = new S3Client({
    region: 'eu-central-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    ...options,
  });
  return client.send(new GetObjectCommand({ Bucket: `invoices-${v.int(1, 90)}`, Key: v.path() }));
}
const S3 = {
  'no-key': s3Says(404, 'NoSuchKey', () => 'The specified key does not exist.'),
  'no-bucket': s3Says(404, 'NoSuchBucket', () => 'The specified bucket does not exist'),
  denied: s3Says(
    403,
    'AccessDenied',
    (v) =>
      `User: arn:aws:iam::${v.digits(12)}:user/agent-${v.int(1, 50)} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::invoices-${v.int(1, 90)}${v.path()}" because no identity-based policy allows the s3:GetObject action`,
  ),
  'slow-down': s3Says(503, 'SlowDown', () => 'Please reduce your request rate.'),
  expired: s3Says(400, 'ExpiredToken', () => 'The provided token has expired.'),
  skewed: s3Says(
    403,
    'RequestTimeTooSkewed',
    () => 'The difference between the request time and the current time is too large.',
  ),
  refused: async (v) => object(v, { endpoint: `http://127.0.0.1:${await deadPort()}` }),
  timeout: (v) =>
    withHttp(silence, (endpoint) =>
      object(v, { endpoint, requestHandler: { requestTimeout: v.int(5, 40), throwOnRequestTimeout: true } }),
    ),
};

const bytes = { serialize: (value) => value, deserialize: (value) => value };
const method = {
  path: '/shop.Stock/Get',
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes.serialize,
  responseSerialize: bytes.serialize,
  requestDeserialize: bytes.deserialize,
  responseDeserialize: bytes.deserialize,
};
async function stock(target, deadlineMs = 5000) {
  const client = new grpc.Client(target, grpc.credentials.createInsecure());
  try {
    return await new Promise((done, reject) =>
      client.makeUnaryRequest(
        method.path,
        bytes.serialize,
        bytes.deserialize,
        Buffer.alloc(0),
        { deadline: Date.now() + deadlineMs },
        (error, value) => (error ? reject(error) : done(value)),
      ),
    );
  } finally {
    client.close();
  }
}
async function withGrpc(handle, use) {
  const server = new grpc.Server();
  server.addService({ Get: method }, { Get: handle });
  const port = await new Promise((done, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, found) =>
      error ? reject(error) : done(found),
    ),
  );
  try {
    return await use(`127.0.0.1:${port}`);
  } finally {
    server.forceShutdown();
  }
}
const grpcSays = (code, details) => (v) =>
  withGrpc(
    (_call, done) => done({ code, details: details(v) }),
    (target) => stock(target),
  );
const GRPC = {
  'not-found': grpcSays(
    5,
    (v) => `article ${v.digits(6)} not found in warehouse ${v.pick(['Köln', 'Lyon', '上海', 'Leeds'])}`,
  ),
  exhausted: grpcSays(8, () => 'quota exceeded for project'),
  unauthenticated: grpcSays(16, () => 'token expired'),
  internal: grpcSays(13, (v) => `panic: index out of range [${v.int(3, 99)}] with length ${v.int(1, 3)}`),
  deadline: (v) =>
    withGrpc(
      () => {},
      (target) => stock(target, v.int(20, 60)),
    ),
  unavailable: async () => stock(`127.0.0.1:${await deadPort()}`),
};

const under = (prefix, step, cases) =>
  Object.entries(cases).map(([name, provoke]) => ({
    name: `${prefix}-${name}`,
    agent: 'stock-keeper',
    kind: 'tool',
    step,
    provoke: (v) => provoke(v),
  }));

export default () => [
  ...under('redis', 'cache.get', REDIS),
  ...under('mysql', 'crm.query', MYSQL),
  ...under('s3', 'archive.get', S3),
  ...under('grpc', 'stock.get', GRPC),
];
