// What the provoking scripts share: chance that can be repeated, and servers that live for one call.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const MIXED = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789';
// biome-ignore format: one name a line would be thirty lines
const PEOPLE = [
  'Ann Smith', 'Bob', 'Jürgen Müller', 'Zoë van der Berg', 'José García', 'Łukasz Nowak', 'Aoife Ní Bhriain', '张伟', '王芳',
  '佐藤 花子', 'Иван Петров', 'محمد علي', 'Nguyễn Văn An', 'Priya', 'O’Brien', 'Chloé Dubois', 'Δημήτρης', '김민준', 'Ana Lima',
  'Kwame Mensah', 'Søren', 'Fatma Yılmaz', 'Ravi Kumar', 'Emma', 'Lucas Silva', 'Mei Lin', 'Tom', 'Ingrid Holm', 'Yusuf', 'Eva',
];
// biome-ignore format: as above
const SENTENCES = [
  'Where is my order? It was due on Monday.', 'I want my money back', 'Bitte storniert die Bestellung sofort!', '我的订单在哪里？',
  '¿Puede cambiar la dirección de entrega?', 'Le colis est arrivé cassé, que faire ?', '注文をキャンセルしたいです。', 'Нужен возврат денег',
  'Please resend the invoice to accounting', 'Can I pay by card?', 'أين طلبي؟', 'Il pacco non è mai arrivato', 'Order never came',
  'Sorry, I cannot help with that request.', 'Here is the JSON you asked for:', 'Sure! The refund is 12.50 EUR.', '죄송합니다, 도와드릴 수 없습니다',
];
const FOLDERS = ['orders', 'invoices', 'uploads', 'reports', 'kunden', '客户', 'archive', 'tmp-files', 'exports', 'q3'];

/** Chance for one variant, the same in every run: a small generator (mulberry32) over a seed made of name and number. */
export function chance(name, index) {
  let state = [...`${name}#${index}`].reduce(
    (hash, char) => Math.imul(hash ^ char.codePointAt(0), 16777619),
    2166136261,
  );
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const int = (from, to) => from + Math.floor(next() * (to - from + 1));
  const pick = (list) => list[int(0, list.length - 1)];
  const chars = (alphabet, length) => Array.from({ length }, () => pick(alphabet)).join('');
  const hex = (length) => chars('0123456789abcdef', length);
  return {
    index,
    int,
    pick,
    hex,
    id: (length) => chars(MIXED, length),
    digits: (length) => String(int(1, 9)) + chars('0123456789', length - 1),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    person: () => pick(PEOPLE),
    sentence: () => pick(SENTENCES),
    ip: () => `${int(10, 203)}.${int(0, 255)}.${int(0, 255)}.${int(1, 254)}`,
    tenant: () => `${pick(['eu', 'us', 'ap', 'shop', 'kunde', 'acme'])}-${int(1, 400)}`,
    path: () =>
      `/var/lib/agent/${pick(FOLDERS)}/${hex(6)}/${pick(['order', 'brief', '报告', 'data'])}-${int(1, 99999)}.json`,
  };
}

/** Runs `use` against an HTTP server of its own, so that ports vary as they do between machines. */
export async function withHttp(handler, use) {
  const server = createHttpServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export async function withTcp(onSocket, use) {
  const sockets = new Set();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(server.address().port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** A port on which nobody listens: it was free a moment ago. */
export async function deadPort() {
  return withTcp(
    () => {},
    async (port) => port,
  );
}

/** Answers every request with this. */
export const answer =
  (status, body, headers = {}) =>
  (request, response) => {
    request.resume();
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      'content-type': typeof body === 'string' ? 'text/html' : 'application/json',
      ...headers,
    });
    response.end(text);
  };

/** Takes the request and never answers. */
export const silence = (request) => request.resume();
