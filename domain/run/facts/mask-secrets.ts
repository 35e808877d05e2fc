// Masks secrets in a short text. The collector masks at receipt already (unless that is off); this is the second pass
// before untrusted text goes into summaries, mails, messages and prompts. The rule is the collector's (#domain/secrets). Pure.
import { maskText } from '../../secrets.ts';

export const SECRET_MASK = '[redacted]';

export const maskSecrets = (text: string): string => (text.length < 8 ? text : maskText(text, SECRET_MASK));
