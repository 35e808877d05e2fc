// Names under which a server answers, and pages that may not send to it.
import { describe, expect, it } from 'vitest';
import { answersUnder, foreignPage, isLoopback, isOwnPage, nameInHost } from './server-names.ts';

it.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.2', false],
  ['localhost.example', false],
  ['127.0.0.1.example', false],
  ['telltale', false],
])('%s is on this machine only: %s', (host, expected) => expect(isLoopback(host)).toBe(expected));

it.each([
  ['localhost:4318', 'localhost'],
  ['Traces.Example:80', 'traces.example'],
  ['[::1]:4318', '[::1]'],
  ['10.0.0.7', '10.0.0.7'],
  ['', null],
  [undefined, null],
  ['a b', null],
  ['user@evil.example', null],
  ['evil.example/x', null],
  ['a:b:c', null],
])('the name in %j is %j', (header, name) => expect(nameInHost(header)).toBe(name));

describe('a server', () => {
  const of = (host: string, publicUrl?: string, allowed: string[] = []) => answersUnder({ host, publicUrl, allowed });

  it.each([
    'localhost:1',
    '127.0.0.1',
    '[::1]:4318',
    'localhost.:4318',
    'agents.localhost:4318',
    'host.docker.internal:4318',
    'host.containers.internal:4318',
  ])('answers for %s wherever it listens', (header) => {
    for (const host of ['127.0.0.1', '::1', '0.0.0.0']) expect(of(host)(header)).toBe(true);
  });

  it.each([
    '10.0.0.7:4318',
    '[fd00::1]:4318',
    'telltale:4318',
    'box.local',
    'otel.internal',
    'nas.home.arpa',
    'telltale.observability.svc:4318',
    'telltale.observability.svc.cluster.local.:4318',
    'TELLTALE.:4318',
  ])('answers for %s only where others can reach it', (header) => {
    expect(of('0.0.0.0')(header)).toBe(true);
    expect(of('127.0.0.1')(header)).toBe(false);
  });

  it.each([
    'evil.example',
    'evil.example:4318',
    'evil.example.',
    'localhost..',
    'docker.internal.evil.example',
    '.',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '',
    undefined,
  ])('does not answer for %j', (header) => {
    for (const host of ['127.0.0.1', '0.0.0.0', '10.0.0.7']) expect(of(host, 'https://t.example')(header)).toBe(false);
  });

  it('answers for its public name and the allowed ones', () => {
    const answers = of('127.0.0.1', 'https://traces.example.org:8443/x', ['Otel.Example.org']);
    expect(['traces.example.org', 'otel.example.org:4318', 'example.org'].map(answers)).toEqual([true, true, false]);
  });
});

it.each([
  [{}, null],
  [{ origin: 'http://localhost:5173' }, null],
  [{ origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' }, null],
  [{ origin: 'http://evil.example' }, 'http://evil.example'],
  [{ origin: 'null' }, 'null'],
  [{ origin: '' }, ''],
  [{ origin: 'http://localhost.evil.example' }, 'http://localhost.evil.example'],
  [{ 'sec-fetch-site': 'cross-site' }, 'another site'],
  [{ origin: 'http://localhost', 'sec-fetch-site': 'cross-site' }, 'another site'],
  [{ 'sec-fetch-site': 'none' }, null],
])('the foreign page of %j is %j', (headers, page) => {
  const isOwn = isOwnPage({ host: '127.0.0.1' });
  expect(foreignPage(headers, (origin) => isOwn(origin, 'localhost:4318'))).toBe(page);
});

describe('on an open address a page is ours', () => {
  const isOwn = isOwnPage({
    host: '0.0.0.0',
    publicUrl: 'https://traces.example',
    allowed: ['Grafana', 'otel.internal'],
  });

  it.each([
    ['http://telltale:3000', 'telltale:4318'],
    ['http://10.0.0.7', '10.0.0.7:4318'],
    ['http://[fd00::1]:3000', '[fd00::1]:4318'],
    ['https://traces.example', 'telltale:4318'],
    ['http://grafana:3000', 'telltale:4318'],
    ['https://otel.internal', '10.0.0.7:4318'],
    ['http://localhost:5173', '127.0.0.1:4318'],
    ['http://app.localhost:5173', 'localhost:4318'],
  ])('%s sends to %s', (origin, host) => expect(isOwn(new URL(origin), host)).toBe(true));

  it.each([
    ['http://printer', 'telltale:4318'],
    ['http://wiki:8080', '10.0.0.7:4318'],
    ['http://10.0.0.8', '10.0.0.7:4318'],
    ['http://[fd00::2]', '[fd00::1]:4318'],
    ['http://box.local', 'telltale:4318'],
    ['http://evil.svc', 'telltale:4318'],
    ['http://localhost:5173', 'telltale:4318'],
    ['http://printer', 'localhost:4318'],
    ['http://evil.example', 'telltale:4318'],
    ['file:///home/x.html', 'telltale:4318'],
  ])('%s does not send to %s', (origin, host) => expect(isOwn(new URL(origin), host)).toBe(false));
});
