// fetch of Node, undici and axios against servers that are slow, gone or broken, under names that do not resolve and
// certificates that do not hold.
import { Resolver } from 'node:dns';
import { once } from 'node:events';
import { createServer as createHttpsServer, get as httpsGet } from 'node:https';
import axios from 'axios';
import selfsigned from 'selfsigned';
import { Agent, request as undiciRequest } from 'undici';
import { withDns } from './dns-server.mjs';
import { answer, deadPort, silence, withHttp, withTcp } from './kit.mjs';

const YEAR_MS = 365 * 86_400_000;

async function fetched(url, options) {
  const response = await fetch(url, options);
  return response.json();
}

async function viaUndici(url, options) {
  const dispatcher = new Agent(options);
  try {
    const response = await undiciRequest(url, { dispatcher });
    return await response.body.json();
  } finally {
    dispatcher.destroy().catch(() => {});
  }
}

const viaAxios = (url, options) => axios.get(url, { maxRedirects: 3, ...options });

async function certificate(v, { expired = false, host }) {
  const from = Date.now() - 2 * YEAR_MS;
  const names = { subjectAltName: { altNames: [{ type: 2, value: host }] } };
  return selfsigned.generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    notBeforeDate: new Date(from),
    notAfterDate: new Date(expired ? from + v.int(1, 300) * 86_400_000 : Date.now() + YEAR_MS),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', ...names.subjectAltName },
    ],
  });
}

async function viaTls(v, made, servername, trusted) {
  const { private: key, cert } = await certificate(v, made);
  const server = createHttpsServer({ key, cert }, (_request, response) => response.end('{}'));
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const options = { host: '127.0.0.1', port: server.address().port, servername, ...(trusted ? { ca: cert } : {}) };
    await new Promise((resolve, reject) => httpsGet({ ...options, agent: false }, resolve).on('error', reject));
  } finally {
    server.close();
  }
}

const resolve = (port, host, options) => {
  const resolver = new Resolver(options);
  resolver.setServers([`127.0.0.1:${port}`]);
  return new Promise((done, reject) =>
    resolver.resolve4(host, (error, found) => (error ? reject(error) : done(found))),
  );
};

const FETCH = {
  refused: async (v) => fetched(`http://127.0.0.1:${await deadPort()}/orders/${v.digits(5)}`),
  'other-side-closed': (v) =>
    withHttp(
      (request) => request.socket.destroy(),
      (url) => fetched(`${url}/orders/${v.digits(5)}`),
    ),
  'not-http': (v) =>
    withTcp(
      (socket) => socket.end(`SSH-2.0-OpenSSH_9.${v.int(1, 9)}\r\n`),
      (port) => fetched(`http://127.0.0.1:${port}/`),
    ),
  'redirect-loop': (v) =>
    withHttp(
      (_request, response) => response.writeHead(302, { location: `/${v.id(6)}` }).end(),
      (url) => fetched(url),
    ),
  'body-cut': (v) =>
    withHttp(
      (_request, response) => {
        response.writeHead(200, { 'content-length': '9999' });
        response.write('{');
        setImmediate(() => response.destroy());
      },
      (url) => fetched(`${url}/${v.id(4)}`),
    ),
  'timeout-signal': (v) => withHttp(silence, (url) => fetched(url, { signal: AbortSignal.timeout(v.int(5, 40)) })),
  aborted: (v) =>
    withHttp(silence, (url) => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), v.int(5, 30));
      return fetched(url, { signal: abort.signal });
    }),
  'bad-url': (v) => fetched(`${v.tenant()}.example.com/orders/${v.digits(5)}`),
  'page-for-json': (v) =>
    withHttp(answer(200, `<!DOCTYPE html><html><body>Login ${v.id(5)}</body></html>`), (url) => fetched(url)),
  'empty-for-json': () => withHttp(answer(200, ''), (url) => fetched(url)),
};
const UNDICI = {
  'headers-timeout': (v) => withHttp(silence, (url) => viaUndici(url, { headersTimeout: v.int(5, 20) })),
  'body-timeout': (v) =>
    withHttp(
      (_request, response) => {
        response.writeHead(200);
        response.write('{');
      },
      (url) => viaUndici(url, { bodyTimeout: v.int(5, 20) }),
    ),
  'socket-closed': () =>
    withHttp(
      (request) => request.socket.destroy(),
      (url) => viaUndici(url),
    ),
  refused: async () => viaUndici(`http://127.0.0.1:${await deadPort()}/`),
};
const AXIOS = {
  'status-401': (v) => withHttp(answer(401, { id: v.id(8) }), viaAxios),
  'status-404': (v) => withHttp(answer(404, { id: v.id(8) }), viaAxios),
  'status-429': (v) => withHttp(answer(429, { id: v.id(8) }), viaAxios),
  'status-500': (v) => withHttp(answer(500, { id: v.id(8) }), viaAxios),
  'status-503': (v) => withHttp(answer(503, { id: v.id(8) }), viaAxios),
  timeout: (v) => withHttp(silence, (url) => viaAxios(url, { timeout: v.int(5, 40) })),
  'too-large': (v) =>
    withHttp(answer(200, 'x'.repeat(5000)), (url) => viaAxios(url, { maxContentLength: v.int(10, 4000) })),
  redirects: (v) =>
    withHttp((_request, response) => response.writeHead(302, { location: `/${v.id(6)}` }).end(), viaAxios),
  refused: async () => viaAxios(`http://127.0.0.1:${await deadPort()}/`),
  'hang-up': () => withHttp((request) => request.socket.destroy(), viaAxios),
};
const TLS = {
  'self-signed': (v) => viaTls(v, { host: 'crm.example.com' }, 'crm.example.com', false),
  expired: (v) => viaTls(v, { host: 'crm.example.com', expired: true }, 'crm.example.com', true),
  'wrong-host': (v) => viaTls(v, { host: `${v.tenant()}.example.org` }, `${v.tenant()}.example.com`, true),
  'wrong-version': (v) =>
    withTcp(
      (socket) => socket.once('data', () => socket.end(`HTTP/1.1 400 Bad Request ${v.id(9)}\r\n\r\n`)),
      (port) =>
        new Promise((done, reject) => httpsGet({ host: '127.0.0.1', port, agent: false }, done).on('error', reject)),
    ),
};
const DNS = {
  'not-found': (v) => withDns(3, (port) => resolve(port, `${v.tenant()}.crm.example.com`)),
  'server-failed': (v) => withDns(2, (port) => resolve(port, `${v.tenant()}.crm.example.com`)),
  refused: (v) => withDns(5, (port) => resolve(port, `${v.tenant()}.crm.example.com`)),
  timeout: (v) =>
    withDns(null, (port) => resolve(port, `${v.tenant()}.crm.example.com`, { timeout: v.int(10, 30), tries: 1 })),
};

const under = (prefix, step, cases) =>
  Object.entries(cases).map(([name, provoke]) => ({
    name: `${prefix}-${name}`,
    agent: 'order-desk',
    kind: 'tool',
    step,
    provoke: (v) => provoke(v),
  }));

export default () => [
  ...under('fetch', 'orders.get', FETCH),
  ...under('undici', 'stock.get', UNDICI),
  ...under('axios', 'crm.get', AXIOS),
  ...under('tls', 'crm.connect', TLS),
  ...under('dns', 'crm.find', DNS),
];
