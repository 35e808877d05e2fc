// The receiver's name is looked up only when a name server answers: a lookup that hangs would hold the end of the process.
import { createSocket, type Socket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { hostname } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, it, vi } from 'vitest';
import { runCode } from '../test-support/run-example.ts';
import { ask, lookupWhenAnswered, questionFor } from './name-servers.ts';
import { sendBlocking } from './send-blocking.ts';

const NAME = 'collector.telltale.example';
const SERVICE = 'telltale.monitoring.svc.cluster.local';
const open: Socket[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
});

interface Server {
  readonly port: number;
  /** The questions it got. */
  readonly asked: Buffer[];
}

/** A real name server on a port of its own: silent on some names, of the others it knows those of a cluster. */
async function nameServer(isSilent: boolean | RegExp): Promise<Server> {
  const socket = createSocket('udp4');
  const asked: Buffer[] = [];
  socket.on('message', (message, { port, address }) => {
    asked.push(message);
    const name = nameOf(message);
    if (isSilent === true || (isSilent !== false && isSilent.test(name))) return;
    const answer = Buffer.from(message);
    answer.writeUInt16BE(name === SERVICE ? 0x8180 : 0x8183, 2);
    socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push(socket);
  return { port: socket.address().port, asked };
}

/** The name that a message asks for. */
function nameOf(message: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; message[at] !== 0; at += 1 + (message[at] as number))
    labels.push(message.toString('latin1', at + 1, at + 1 + (message[at] as number)));
  return labels.join('.');
}

/** Nothing listens there, and the system gives it to nobody. */
const REFUSING = 9;

const question = (ports: readonly number[]) => {
  const servers = ports.map((port) => `127.0.0.1:${port}`);
  const made = questionFor(NAME, {
    servers: () => servers,
    hosts: () => '',
    resolvConf: () => 'search a.example b.example',
  });
  if (made === null) throw new Error('no question');
  return made;
};
const answerOf = (ports: readonly number[], timeoutMs: number) =>
  new Promise<boolean>((resolve) => ask(question(ports), timeoutMs, resolve));

it('asks what real resolvers understand', async () => {
  const server = await nameServer(false);
  const resolver = new dns.promises.Resolver();
  resolver.setServers([`127.0.0.1:${server.port}`]);
  await expect(resolver.resolve4(NAME)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(await answerOf([server.port], 60_000)).toBe(true);
  const [theirs, ours] = server.asked.map((message) => message.subarray(12)) as [Buffer, Buffer];
  // Without what follows the question, such as EDNS.
  expect(ours.toString('hex')).toBe(theirs.subarray(0, ours.length).toString('hex'));
});

it('one answer is enough, whatever it says; refusals by all are an answer; silence is none', async () => {
  const [silent, answering] = [await nameServer(true), await nameServer(false)];
  expect(await answerOf([silent.port, answering.port], 60_000)).toBe(true);
  expect(await answerOf([REFUSING], 60_000)).toBe(true);
  expect(await answerOf([silent.port], 100)).toBe(false);
  expect(await answerOf([REFUSING, silent.port], 100)).toBe(false);
});

it.each<[string, string, string?]>([
  ['an address', '10.0.0.7'],
  ['an IPv6 address in a URL', '[fd00::7]'],
  ['this machine', 'localhost'],
  ['a name of this machine', 'telltale.localhost'],
  ['what it is called', hostname()],
  ['multicast', 'printer.local'],
  ['a name in the hosts file', NAME, `127.0.0.1 localhost\n10.0.0.7\tgateway ${NAME} # ours\n`],
  ['no name', `${'a'.repeat(64)}.example`],
])('%s needs no name server', (_what, name, hosts = '') => {
  expect(questionFor(name, { servers: () => ['127.0.0.1'], hosts: () => hosts })).toBe(null);
});

it('reads servers as Node writes them, and does without a hosts file', () => {
  const servers = ['10.0.0.2', '10.0.0.3:5353', '::1', '[fe80::1%eth0]:54', 'nonsense'];
  const hosts = () => {
    throw new Error('ENOENT');
  };
  expect(questionFor(`${NAME}.`, { servers: () => servers, hosts })?.servers).toEqual([
    { address: '10.0.0.2', port: 53 },
    { address: '10.0.0.3', port: 5353 },
    { address: '::1', port: 53 },
    { address: 'fe80::1%eth0', port: 54 },
  ]);
  expect(questionFor(`# ${NAME}`, { servers: () => ['10.0.0.2'], hosts: () => `# 10.0.0.7 ${NAME}` })).not.toBe(null);
  expect(questionFor(NAME, { servers: () => [], hosts })).toBe(null);
});

const CLUSTER =
  'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.0.0.10\noptions ndots:5\n';

it.each([
  [
    'telltale.monitoring',
    CLUSTER,
    ['telltale.monitoring.shop.svc.cluster.local', SERVICE, 'telltale.monitoring.cluster.local', 'telltale.monitoring'],
  ],
  ['telltale', 'domain first.example\nsearch Office.example. # ours\n', ['telltale.office.example', 'telltale']],
  [NAME, 'search office.example', [NAME, `${NAME}.office.example`]],
  [`${NAME}.`, CLUSTER, [NAME]],
  [NAME, '', [NAME]],
])('%s is asked for as getaddrinfo does with %j', (name, conf, names) => {
  const made = questionFor(name, { servers: () => ['10.0.0.2'], hosts: () => '', resolvConf: () => conf });
  expect(made?.messages.map((message) => nameOf(Buffer.from(message)))).toEqual(names);
});

it('a server that knows the cluster only, and is silent on other names, has answered; one that is silent before has not', async () => {
  const answerFrom = async (silentOn: RegExp): Promise<[boolean, string[]]> => {
    const { port, asked } = await nameServer(silentOn);
    const sources = { servers: () => [`127.0.0.1:${port}`], hosts: () => '', resolvConf: () => CLUSTER };
    const made = questionFor('telltale.monitoring', sources);
    if (made === null) throw new Error('no question');
    const isAnswered = await new Promise<boolean>((resolve) => ask(made, 300, resolve));
    return [isAnswered, asked.map(nameOf)];
  };
  const first = 'telltale.monitoring.shop.svc.cluster.local';
  expect(await answerFrom(/monitoring$/)).toEqual([true, [first, SERVICE]]);
  expect(await answerFrom(/shop/)).toEqual([false, [first]]);
});

it('where resolvers ask over TCP, no question is asked over UDP', () => {
  const sources = { servers: () => ['10.0.0.2'], hosts: () => '', resolvConf: () => 'options ndots:2 use-vc\n' };
  expect(questionFor(NAME, sources)).toBe(null);
});

it('looks the name up once a server has answered; while all are silent only to learn whether it is found anyway', async () => {
  const [silent, answering] = [await nameServer(true), await nameServer(false)];
  const missing = Object.assign(new Error('no'), { code: 'ENOTFOUND' });
  const lookup = vi
    .spyOn(dns, 'lookup')
    .mockImplementation(((name: string, _options: object, done: LookedUp) =>
      name === 'missing.example' ? done(missing) : done(null, '10.0.0.7', 4)) as unknown as typeof dns.lookup);
  const servers = vi.spyOn(dns.Resolver.prototype, 'getServers');
  const look = (name = NAME, by = lookupWhenAnswered) =>
    new Promise((resolve) => by(name, {}, (error, address) => resolve(error?.code ?? address)));
  servers.mockReturnValue([`127.0.0.1:${answering.port}`]);
  expect(await look()).toBe('10.0.0.7');
  servers.mockReturnValue([`127.0.0.1:${silent.port}`]);
  // In another process, so to speak: names are found although no server answers.
  vi.resetModules();
  const elsewhere = await import('./name-servers.ts');
  expect(elsewhere.questionFor(NAME)).not.toBe(null);
  const found = look(NAME, elsewhere.lookupWhenAnswered);
  expect(await Promise.all([look('missing.example'), look('missing.example'), found])).toEqual([
    'ENOTFOUND',
    'EAI_AGAIN',
    '10.0.0.7',
  ]);
  expect(lookup.mock.calls.map(([name]) => name).sort()).toEqual([NAME, NAME, 'missing.example']);
  expect(elsewhere.questionFor(NAME)).toBe(null);
  expect(questionFor(NAME)).not.toBe(null);
  // Servers were asked again meanwhile: a datagram may be lost.
  expect(silent.asked.length).toBeGreaterThan(3);
});
type LookedUp = (error: Error | null, address?: string, family?: number) => void;

it('what is sent while the process blocks waits for the same answer', async () => {
  // Who connected: this process blocks, so it looks afterwards, in the order in which they came.
  let connections = 0;
  const receiver = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined).destroy();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port: to } = receiver.address() as AddressInfo;
  const connectionsAfter = async (askedPort: number): Promise<number> => {
    connections = 0;
    const connection = { headers: {}, tls: {}, timeoutMs: 500, isGzip: false };
    const one = { contentType: 'application/json', bodies: [Buffer.from('{}')], connection, timeoutMs: 500 };
    sendBlocking({ ...one, url: `http://127.0.0.1:${to}`, question: question([askedPort]) });
    await once(connect(to, '127.0.0.1'), 'close');
    return connections - 1;
  };
  expect(await connectionsAfter((await nameServer(true)).port)).toBe(0);
  expect(await connectionsAfter(REFUSING)).toBe(1);
  // A thread of its own answers while this one blocks.
  const answering = new Worker(
    `const socket = require('node:dgram').createSocket('udp4');
    socket.on('message', (message, { port, address }) => socket.send(Object.assign(message, { 2: 0x81, 3: 0x83 }), port, address));
    socket.bind(0, '127.0.0.1', () => require('node:worker_threads').parentPort.postMessage(socket.address().port));`,
    { eval: true },
  );
  const [port] = (await once(answering, 'message')) as [number];
  expect(await connectionsAfter(port)).toBe(1);
  await answering.terminate();
  await new Promise((resolve) => receiver.close(resolve));
});

it.each([
  ['returns', ''],
  ['calls process.exit()', 'process.exit(3);'],
])('a program that %s while the name server is silent has begun no lookup', async (_how, ending) => {
  const { port, asked } = await nameServer(true);
  const run = await runCode(
    `import { createHook } from 'node:async_hooks';
    import dns from 'node:dns';
    let lookups = 0;
    createHook({ init: (_id, type) => { if (type === 'GETADDRINFOREQWRAP') lookups += 1; } }).enable();
    dns.Resolver.prototype.getServers = () => ['127.0.0.1:${port}'];
    process.on('exit', () => console.log(lookups, 'lookups'));
    const { agent, flush, start } = await import('@telltale/sdk');
    start({ service: 'away', log: () => undefined });
    await agent('last', () => 1);
    ${ending}`,
    // Longer than the default: a busy machine takes its time to start the thread that asks at process.exit().
    { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${NAME}:4318`, TELLTALE_FLUSH_ON_EXIT_MS: '1500' },
  );
  expect(run).toEqual({ exitCode: ending === '' ? 0 : 3, stdout: '0 lookups\n', stderr: '' });
  expect(asked.length).toBeGreaterThan(0);
});
