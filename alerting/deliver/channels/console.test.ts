import { expect, it } from 'vitest';
import { alertMessage, describeChannel } from '../../../test/kit/channel-kit.ts';
import { createConsoleChannel } from './console.ts';

describeChannel('console', () => {
  const lines: string[] = [];
  return { channel: createConsoleChannel((line) => lines.push(line)), received: () => lines };
});

it('an alert on the console is one line', async () => {
  const lines: string[] = [];
  await createConsoleChannel((line) => lines.push(line)).send(alertMessage({ message: 'a\r\nb\u001b[31m' }));
  expect(lines).toEqual([
    'ALERT 12 similar errors in lookup_order · 12 similar errors in 14 minutes · runs 9 · agent support-agent · step lookup_order · error TimeoutError: a b\\u{1b}[31m · since 2026-03-02 12:00 UTC · versions 1.8.2 · tools lookup_order · example lookup_order timed out three times https://telltale.example/traces/4bf92f3577b34da6a3ce929d0e0e4736 · incident https://telltale.example/incidents/3f2a9c1d5e6b7a80',
  ]);
});
