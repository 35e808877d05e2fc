// Our own names, as the SDK writes them (sdk/src/attributes.ts).
import { STEP_KINDS, TELLTALE } from '#vocabulary';
import type { Dialect } from './dialect.ts';

export const telltale: Dialect = {
  name: 'telltale',
  kinds: { [TELLTALE.STEP_KIND]: Object.fromEntries(STEP_KINDS.map((kind) => [kind, kind])) },
  columns: {
    input: [TELLTALE.DECISION_INPUT, TELLTALE.STEP_INPUT],
    output: [TELLTALE.STEP_OUTPUT],
    decisionName: [TELLTALE.DECISION_NAME],
    decisionChoice: [TELLTALE.DECISION_CHOICE],
    decisionOptions: [TELLTALE.DECISION_OPTIONS],
    decisionOptionDetails: [TELLTALE.DECISION_OPTION_DETAILS],
    decisionReasoning: [TELLTALE.DECISION_REASONING],
    decisionConfidence: [TELLTALE.CONFIDENCE_VALUE],
    decisionConfidenceSource: [TELLTALE.CONFIDENCE_SOURCE],
    decisionThreshold: [TELLTALE.CONFIDENCE_THRESHOLD],
    decisionAction: [TELLTALE.DECISION_ACTION],
    decisionOutcome: [TELLTALE.DECISION_OUTCOME],
    retryAttempt: [TELLTALE.RETRY_ATTEMPT],
    escalationTarget: [TELLTALE.ESCALATION_TARGET],
    localRoot: [TELLTALE.LOCAL_ROOT],
    stopReason: [TELLTALE.STOP_REASON],
    reason: [TELLTALE.DECISION_POLICY_REASON, TELLTALE.ESCALATION_REASON, TELLTALE.STOP_DETAIL],
    retryMaxAttempts: [TELLTALE.RETRY_MAX_ATTEMPTS],
    circuitName: [TELLTALE.CIRCUIT_NAME],
    circuitState: [TELLTALE.CIRCUIT_STATE],
    circuitPrevious: [TELLTALE.CIRCUIT_PREVIOUS_STATE],
    deadLetterReason: [TELLTALE.DEAD_LETTER_REASON],
    tokenRefresh: [TELLTALE.TOKEN_REFRESH_REASON],
    degradationMode: [TELLTALE.DEGRADATION_MODE],
    degradationOf: [TELLTALE.DEGRADATION_DEPENDENCIES],
    driftKinds: [TELLTALE.SCHEMA_DRIFT_KINDS],
    driftPaths: [TELLTALE.SCHEMA_DRIFT_PATHS],
    rateWaited: [TELLTALE.RATE_LIMIT_WAITED],
    keyStatus: [TELLTALE.IDEMPOTENCY_STATUS],
  },
};
