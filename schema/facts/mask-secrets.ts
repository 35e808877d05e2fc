// Masks secrets in a short text by their shape. The collector masks at receipt already (unless told not to); this is the
// second look before words of strangers go into summaries, mails, messages and prompts. Pure.

export const SECRET_MASK = '[redacted]';

/** Well-known shapes. Each is anchored at a fixed word and bounded, so the time stays linear in the text. */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,8000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
  /\beyJ[\w-]{8,2000}\.[\w-]{4,4000}(?:\.[\w-]{0,2000})?/g,
  /\b(?:sk|pk|rk)[-_](?:[a-z]{2,10}[-_]){0,3}[A-Za-z0-9_-]{16,200}/g,
  /\b(?:gh[pousr]|glpat|github_pat|npm|hf|xox[abeoprs])[-_][A-Za-z0-9_-]{10,255}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{35}\b/g,
  /\bya29\.[\w-]{20,400}/g,
];
/** The part before the secret stays. */
const KEYED: readonly RegExp[] = [
  /(\b(?:bearer|basic)\s+)[\w.~+/=-]{12,4000}/gi,
  /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}(?=@)/gi,
  /(["']?\b(?:api[-_]?key|access[-_]?token|refresh[-_]?token|auth[-_]?token|client[-_]?secret|secret|password|passwd|pwd|authorization)\b["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"',;}]{4,400}/gi,
];
/** 13 to 19 digits in the groups of a payment card. */
const CARD = /(?<![\d.])[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\d.])/g;

export function maskSecrets(text: string): string {
  if (text.length < 8) return text;
  let masked = text;
  for (const shape of SHAPES) masked = masked.replace(shape, SECRET_MASK);
  for (const shape of KEYED) {
    masked = masked.replace(shape, (whole: string, kept: string) =>
      whole.includes(SECRET_MASK) || whole.includes('[redacted:') ? whole : kept + SECRET_MASK,
    );
  }
  return masked.replace(CARD, (digits) => (isCard(digits.replace(/\D/g, '')) ? SECRET_MASK : digits));
}

/** Luhn's check digit (ISO/IEC 7812-1), 13 to 19 digits. */
function isCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const weighed = i % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
