// LangChain and LangGraph as OpenInference instruments them: every node is a CHAIN, and what LangGraph knows of the
// conversation is in one JSON attribute. https://docs.langchain.com/langsmith/threads
import type { Dialect } from './dialect.ts';
import { textIn } from './sources.ts';

const METADATA = 'metadata';

export const langGraph: Dialect = {
  name: 'langgraph',
  columns: {
    sessionId: [textIn(METADATA, 'thread_id', 'threadId', 'conversation_id'), 'metadata.thread_id'],
    userId: ['metadata.user_id'],
    model: [textIn(METADATA, 'ls_model_name')],
    provider: [textIn(METADATA, 'ls_provider')],
  },
};
