// What is a secret: the one rule, which the SDK owns because it is installed alone (decision 0091). By path, since package.json
// exports no such entry point.
export { beginsAt, isDigit, isToken, isWord } from '../sdk/src/secrets/bytes.ts';
export { loginColon } from '../sdk/src/secrets/find-commands.ts';
export { findSecrets } from '../sdk/src/secrets/find-secrets.ts';
export { DIGITS } from '../sdk/src/secrets/found.ts';
export {
  credentialsIn,
  isArgumentSecret,
  isPairedSecret,
  optionKind,
} from '../sdk/src/secrets/listed.ts';
export { isDirectoryPath, looksLikeToken } from '../sdk/src/secrets/looks.ts';
export { maskText } from '../sdk/src/secrets/mask-text.ts';
export {
  isCardName,
  isDirectoryName,
  isIdName,
  isSecretName,
  knownNameKind,
  NAME,
  nameKind,
} from '../sdk/src/secrets/names.ts';
