// Looks up the receiver's name only after a name server has answered a query. Node resolves names with getaddrinfo in a
// thread that cannot be cancelled: while a name server does not answer, it delays the end of the process by 10 s and
// more, also at process.exit(). A query over UDP does not.
import dgram from 'node:dgram';
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';
import { hostname as ownName } from 'node:os';
import { quietly } from './quietly.ts';

export interface NameServer {
  readonly address: string;
  readonly port: number;
}

/** The query that is sent, and its servers, before a name is looked up. */
export interface NameQuestion {
  readonly servers: readonly NameServer[];
  /** A DNS message. */
  readonly message: Uint8Array;
}

/** The name resolution settings of this machine. */
export interface NameSources {
  /** As `Resolver.getServers` writes them. */
  readonly servers: () => readonly string[];
  /** The text of the hosts file. */
  readonly hosts: () => string;
}

const ANSWER_MS = 5_000;
/** A datagram may be lost. */
const ASK_AGAIN_MS = 1_000;
const DNS_PORT = 53;
const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 253;

const HOSTS_FILE =
  process.platform === 'win32' ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\hosts` : '/etc/hosts';

/** A separate resolver: servers that the application set for `dns.resolve` are not those of getaddrinfo. */
const MACHINE: NameSources = {
  servers: () => new dns.Resolver().getServers(),
  hosts: () => readFileSync(HOSTS_FILE, 'utf8'),
};

/** `dns.lookup`, called only when a name server answers; else an error with the code EAI_AGAIN. */
export const lookupWhenAnswered: LookupFunction = (name, options, callback) => {
  const question = questionFor(name);
  if (question === null) {
    dns.lookup(name, options, callback);
    return;
  }
  ask(question, ANSWER_MS, (isAnswered) => {
    if (isAnswered) dns.lookup(name, options, callback);
    else callback(Object.assign(new Error(`no name server answers when asked for ${name}`), { code: 'EAI_AGAIN' }), '');
  });
};

/** null when the name needs no server, or when no server can be queried: then the lookup takes no time. */
export function questionFor(name: string, sources: NameSources = MACHINE): NameQuestion | null {
  const plain = name.toLowerCase().replace(/^\[|\]$|\.$/g, '');
  if (isIP(plain) !== 0 || isLocal(plain) || isInHosts(plain, quietly(sources.hosts) ?? '')) return null;
  const message = writeQuery(plain);
  const servers = (quietly(sources.servers) ?? []).flatMap((each) => readServer(each) ?? []);
  return message === null || servers.length === 0 ? null : { servers, message };
}

/**
 * Queries all servers at once. `done` is called once: with true as soon as one has answered, whatever the answer, or when
 * none can be queried; with false after `timeoutMs` without an answer. Neither keeps the process alive nor throws.
 */
export function ask({ servers, message }: NameQuestion, timeoutMs: number, done: (isAnswered: boolean) => void): void {
  const sockets = new Set<dgram.Socket>();
  let isOpen = true;
  const end = (isAnswered: boolean): void => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(again);
    clearTimeout(limit);
    for (const socket of sockets) quietly(() => socket.close());
    done(isAnswered);
  };
  const send = (socket: dgram.Socket): unknown => quietly(() => socket.send(message));
  const connected = new Set<dgram.Socket>();
  const again = setInterval(() => connected.forEach(send), ASK_AGAIN_MS);
  const limit = setTimeout(() => end(false), timeoutMs);
  again.unref();
  limit.unref();
  for (const { address, port } of servers) {
    const family = isIP(address);
    // An address needs no lookup, least of all by a `dns.lookup` that the application has replaced.
    const lookup: dgram.SocketOptions['lookup'] = (given, _options, found) =>
      process.nextTick(found, null, given, family);
    const socket = quietly(() => dgram.createSocket({ type: family === 6 ? 'udp6' : 'udp4', lookup }));
    if (socket === undefined) continue;
    sockets.add(socket);
    socket.unref();
    socket.on('message', () => end(true));
    // Refused or unreachable: getaddrinfo fails at once as well.
    socket.on('error', () => {
      sockets.delete(socket);
      connected.delete(socket);
      quietly(() => socket.close());
      if (sockets.size === 0) end(true);
    });
    socket.on('connect', () => {
      connected.add(socket);
      send(socket);
    });
    quietly(() => socket.connect(port, address));
  }
  if (sockets.size === 0) process.nextTick(end, true);
}

/** Names that resolvers answer themselves, and multicast names. */
const isLocal = (name: string): boolean =>
  name === 'localhost' || /\.local(host)?$/.test(name) || name === ownName().toLowerCase();

function isInHosts(name: string, hosts: string): boolean {
  return hosts
    .toLowerCase()
    .split('\n')
    .some((line) => line.replace(/#.*/, '').trim().split(/\s+/).indexOf(name) > 0);
}

/** `1.2.3.4`, `1.2.3.4:53`, `::1` or `[::1]:53`. */
function readServer(text: string): NameServer | null {
  const [, inBrackets, beforePort, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const address = inBrackets ?? beforePort ?? text;
  return isIP(address) === 0 ? null : { address, port: Number(port ?? DNS_PORT) };
}

/** A query for the IPv4 address of a name (RFC 1035, 4.1); null for an invalid name. */
function writeQuery(name: string): Uint8Array | null {
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'));
  if (name.length > MAX_NAME_BYTES || labels.some(({ length }) => length < 1 || length > MAX_LABEL_BYTES)) return null;
  const id = Math.floor(Math.random() * 0x10000);
  // Flags: recursion is desired. One question.
  const head = Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const parts = labels.flatMap((label) => [Buffer.from([label.length]), label]);
  // The root, type A, class IN.
  return Buffer.concat([head, ...parts, Buffer.from([0, 0, 1, 0, 1])]);
}
