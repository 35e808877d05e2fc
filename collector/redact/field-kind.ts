// What the key of an attribute says of its value: a secret, perhaps one, a card's number, the id of something, or nothing.
import { isCardName, isDirectoryName, isIdName, NAME, nameKind } from '#domain/secrets';

/** text: nothing. directory: a secret unless it is a path (`PWD`). maybe: a secret when it looks like one. id: never masked for its shape. */
export type FieldKind = 'text' | 'secret' | 'maybe' | 'directory' | 'id' | 'card';

export function fieldKind(key: string): FieldKind {
  const kind = nameKind(key);
  if (kind >= NAME.strong) return isDirectoryName(key) ? 'directory' : 'secret';
  if (kind === NAME.weak) return 'maybe';
  if (isCardName(key)) return 'card';
  return isIdName(key) ? 'id' : 'text';
}
