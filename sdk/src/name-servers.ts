// Looks up the receiver's name only after a name server has shown that it answers. Node resolves names by getaddrinfo in
// a thread that nothing can stop: while a name server is silent it holds the end of the process for 10 s and more, also
// at process.exit(). A question over UDP holds nothing. It is the one that getaddrinfo asks, with the search domains of
// resolv.conf in its order: a name server may know the services of a cluster and be silent on all other names.
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
  /** DNS messages, one for each name that this one may stand for, in the order in which resolvers try them. */
  readonly messages: readonly Uint8Array[];
}

/** The name resolution settings of this machine. */
export interface NameSources {
  /** As `Resolver.getServers` writes them. */
  readonly servers: () => readonly string[];
  /** The text of the hosts file. */
  readonly hosts: () => string;
  /** The text of resolv.conf. Systems without one name no search domains. */
  readonly resolvConf?: () => string;
}

const ANSWER_MS = 5_000;
/** A datagram may be lost. */
const ASK_AGAIN_MS = 1_000;
/** Where questions stay unanswered and names are found all the same, a lookup shows it. It may hold the end of the process, so it is seldom tried. */
const TRY_ANYWAY_MS = 600_000;
const DNS_PORT = 53;
const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 253;

const HOSTS_FILE =
  process.platform === 'win32' ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\hosts` : '/etc/hosts';

/** A separate resolver: servers that the application set for `dns.resolve` are not those of getaddrinfo. */
const MACHINE: NameSources = {
  servers: () => new dns.Resolver().getServers(),
  hosts: () => readFileSync(HOSTS_FILE, 'utf8'),
  resolvConf: () => readFileSync('/etc/resolv.conf', 'utf8'),
};

/**
 * Names are found on this machine although nothing answered a question: its system looks them up elsewhere (a resolver
 * of its own, another source in nsswitch.conf), or keeps this program from port 53. From then on nothing is asked.
 */
let isFoundAnyway = false;
let tryAgainAtMs = 0;

/** `dns.lookup`, asked only when a name server answers, or to learn whether it needs none; else an error with the code EAI_AGAIN. */
export const lookupWhenAnswered: LookupFunction = (name, options, callback) => {
  const question = questionFor(name);
  if (question === null) {
    dns.lookup(name, options, callback);
    return;
  }
  ask(question, ANSWER_MS, (isAnswered) => {
    if (isAnswered) dns.lookup(name, options, callback);
    else if (performance.now() >= tryAgainAtMs) {
      tryAgainAtMs = performance.now() + TRY_ANYWAY_MS;
      dns.lookup(name, options, (error, ...found) => {
        if (error === null) isFoundAnyway = true;
        callback(error, ...found);
      });
    } else
      callback(Object.assign(new Error(`no name server answers when asked for ${name}`), { code: 'EAI_AGAIN' }), '');
  });
};

/** null when the name needs no server, or when no server can be queried: then the lookup takes no time. */
export function questionFor(name: string, sources: NameSources = MACHINE): NameQuestion | null {
  const plain = name.toLowerCase().replace(/^\[|\]$|\.$/g, '');
  if (isFoundAnyway || isIP(plain) !== 0 || isLocal(plain) || isInHosts(plain, quietly(sources.hosts) ?? ''))
    return null;
  const conf = quietly(() => sources.resolvConf?.()) ?? '';
  const names = name.endsWith('.') ? [plain] : namesTried(plain, conf);
  const messages = writeQuery(plain) === null ? [] : names.flatMap((each) => writeQuery(each) ?? []);
  const servers = (quietly(sources.servers) ?? []).flatMap((each) => readServer(each) ?? []);
  // With `use-vc` resolvers ask over TCP only.
  const isAsked = messages.length > 0 && servers.length > 0 && !/^\s*options\b.*\buse-vc\b/m.test(conf);
  return isAsked ? { servers, messages } : null;
}

/** The names that getaddrinfo tries for this one, in its order: resolv.conf(5), `search`, `domain` and `ndots`. */
function namesTried(name: string, conf: string): string[] {
  const [, list = ''] = [...conf.matchAll(/^\s*(?:search|domain)\s+([^#;\n]*)/gm)].at(-1) ?? [];
  const [, ndots = '1'] = [...conf.matchAll(/^\s*options\b.*?\bndots:(\d+)/gm)].at(-1) ?? [];
  const inDomains = list
    .toLowerCase()
    .split(/\s+/)
    .map((domain) => domain.replace(/\.$/, ''))
    .filter((domain) => domain !== '')
    .map((domain) => `${name}.${domain}`);
  return name.split('.').length > Number(ndots) ? [name, ...inDomains] : [...inDomains, name];
}

/**
 * Asks all servers at once, for one name after the other until one exists. `done` is called once: with true as soon as
 * all questions that a resolver would ask have an answer, whatever it says, or none can be asked at all; with false after
 * `timeoutMs`. Neither keeps the process alive nor throws.
 */
export function ask({ servers, messages }: NameQuestion, timeoutMs: number, done: (isAnswered: boolean) => void): void {
  const sockets = new Set<dgram.Socket>();
  let isOpen = true;
  let at = 0;
  const end = (isAnswered: boolean): void => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(again);
    clearTimeout(limit);
    for (const socket of sockets) quietly(() => socket.close());
    done(isAnswered);
  };
  const send = (socket: dgram.Socket): unknown => quietly(() => socket.send(messages[at] as Uint8Array));
  const connected = new Set<dgram.Socket>();
  const sendAll = (): void => connected.forEach(send);
  const hear = (answer: Uint8Array): void => {
    const { isOfQuestion, isFound } = readAnswer(answer, messages[at] as Uint8Array);
    if (!isOfQuestion) return;
    if (isFound || at === messages.length - 1) end(true);
    else {
      at += 1;
      sendAll();
    }
  };
  const again = setInterval(sendAll, ASK_AGAIN_MS);
  const limit = setTimeout(() => end(false), timeoutMs);
  again.unref();
  limit.unref();
  for (const { address, port } of servers) {
    const family = isIP(address);
    // An address needs no lookup, least of all by a `dns.lookup` that the application has replaced. Tests of applications
    // stop `process.nextTick`, but no promise.
    const lookup: dgram.SocketOptions['lookup'] = (given, _options, found) =>
      void Promise.resolve().then(() => found(null, given, family));
    const socket = quietly(() => dgram.createSocket({ type: family === 6 ? 'udp6' : 'udp4', lookup }));
    if (socket === undefined) continue;
    sockets.add(socket);
    socket.unref();
    socket.on('message', hear);
    // Refused or unreachable: getaddrinfo hears that at once as well.
    const leaveOut = (): void => {
      sockets.delete(socket);
      connected.delete(socket);
      quietly(() => socket.close());
      if (sockets.size === 0) end(true);
    };
    socket.on('error', leaveOut);
    socket.on('connect', () => {
      connected.add(socket);
      send(socket);
    });
    quietly(() => socket.connect(port, address));
  }
  if (sockets.size === 0) void Promise.resolve(true).then(end);
}

/** Of a message that came: whether it answers this question, and says that the name exists. */
function readAnswer(answer: Uint8Array, question: Uint8Array): { isOfQuestion: boolean; isFound: boolean } {
  const isOfQuestion = answer.length > 3 && answer[0] === question[0] && answer[1] === question[1];
  return { isOfQuestion, isFound: ((answer[3] ?? 0) & 0xf) === 0 };
}

/** Names that resolvers know by themselves, and those that go by multicast (`svc.cluster.local` does not). */
const isLocal = (name: string): boolean =>
  name === 'localhost' || /\.localhost$|^[^.]+\.local$/.test(name) || name === ownName().toLowerCase();

function isInHosts(name: string, hosts: string): boolean {
  const all = hosts.toLowerCase();
  // Lists of advertisers are hosts files of many megabytes.
  if (!all.includes(name)) return false;
  return all.split('\n').some((line) => line.replace(/#.*/, '').trim().split(/\s+/).indexOf(name) > 0);
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
