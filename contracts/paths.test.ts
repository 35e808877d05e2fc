// Contracts have the names of the table of paths, each its own address.
import { expect, test } from 'vitest';
import { API } from './api.ts';
import type { Contract } from './contract.ts';
import { ENDPOINTS, type EndpointName } from './paths.ts';

test('every contract has the method and path of its name', () => {
  const contracts: Readonly<Record<EndpointName, Contract>> = API;
  expect(Object.keys(contracts).sort()).toEqual(Object.keys(ENDPOINTS).sort());
  for (const [name, { method, path }] of Object.entries(ENDPOINTS)) {
    expect(contracts[name as EndpointName]).toMatchObject({ method, path });
  }
});

test('no two routes have the same address', () => {
  const addresses = Object.values(ENDPOINTS).map(({ method, path }) => `${method} ${path}`);
  expect(new Set(addresses).size).toBe(addresses.length);
});
