// The programs of the matrix. Each prints what it did, and ends in one of the ways in which processes end.

/** How a program ends. */
export const ENDINGS = {
  returns: '',
  'calls process.exit(3)': 'process.exit(3);',
  throws: "setTimeout(() => { throw new Error('invariant broken'); }, 5); setInterval(() => console.log('tick'), 50);",
  rejects: "void Promise.reject(new Error('nobody caught it'));",
} as const;
export type Ending = keyof typeof ENDINGS;

/** Where spans go; nothing is asked or said, since output is compared. */
export const START = "start({ service: 'matrix', log: () => undefined });";

/** One run: an agent, a tool and a decision. */
export const WORK = `
  const result = await agent('desk', { sessionId: 's-1' }, async () => {
    const order = await tool('look-up', { input: { id: 1 } }, () => ({ late: true }));
    const route = await decide('route', { options: ['pay', 'hold'] }, () => ({ choice: 'pay' }));
    return [order.late, route.choice].join(' ');
  });
  console.log('result', result);`;

export const SPANS = ['decide route', 'desk', 'look-up'];

export const esm = (ending: Ending): string => `
  import { agent, decide, start, tool } from '@telltale/sdk';
  ${START}
  ${WORK}
  ${ENDINGS[ending]}`;

export const commonJs = (ending: Ending): string => `
  const { agent, decide, start, tool } = require('@telltale/sdk');
  ${START}
  async function main() { ${WORK} }
  main().then(() => { ${ENDINGS[ending]} });`;
