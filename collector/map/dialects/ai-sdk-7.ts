// AI SDK 7 (@ai-sdk/otel): GenAI names, and its own for decisions. https://ai-sdk.dev/docs/ai-sdk-core/telemetry
import { decisionColumns } from './decision-answers.ts';
import type { Dialect } from './dialect.ts';

const QUESTIONS = 'ai.decision.questions';
const ANSWERS = 'ai.decision.answers';

export const aiSdk7: Dialect = {
  name: 'ai-sdk-7',
  columns: {
    sessionId: ['ai.settings.context.sessionId', 'ai.settings.context.session_id'],
    userId: ['ai.settings.context.userId', 'ai.settings.context.user_id'],
    input: ['ai.decision.state', QUESTIONS],
    output: [ANSWERS],
    ...decisionColumns(QUESTIONS, ANSWERS),
  },
};
