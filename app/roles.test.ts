// Which addresses may be listened on without a login.
import { expect, it } from 'vitest';
import { openBindProblem, ROLES } from './roles.ts';

it.each(['127.0.0.1', '127.0.0.2', 'localhost', '::1'])('%s may', (host) =>
  expect(openBindProblem({ TELLTALE_HOST: host, TELLTALE_OPEN: '0' }, ROLES)).toBeNull(),
);

it.each(['0.0.0.0', '::', '192.168.1.5', 'box', 'localhost.example'])('%s may only when someone insists', (host) => {
  const problem = openBindProblem({ TELLTALE_HOST: host, TELLTALE_OPEN: '0' }, ROLES);
  expect(problem).toContain(host);
  expect(problem).toContain('TELLTALE_OPEN=1');
  expect(openBindProblem({ TELLTALE_HOST: host, TELLTALE_OPEN: '1' }, ROLES)).toBeNull();
});

it('a role without ports listens nowhere', () =>
  expect(openBindProblem({ TELLTALE_HOST: '0.0.0.0', TELLTALE_OPEN: '0' }, ['alerting'])).toBeNull());
