// The same for ES modules.
export { agent, decide, flush, llm, retry, shutdown, start, step, tool } from './index.cjs';
