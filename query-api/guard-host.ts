// Only names of this Telltale are answered, against DNS rebinding (schema/server-names.ts).
import type { RequestHandler } from 'express';
import { TelltaleError } from '#schema/errors';
import { answersUnder, nameInHost, type ServerNames } from '#schema/server-names';

export function guardHost(names: ServerNames): RequestHandler {
  const answers = answersUnder(names);
  return (request, _response, next) => {
    const { host } = request.headers;
    if (!answers(host)) {
      throw new TelltaleError(
        'wrong_host',
        `this server does not answer for ${JSON.stringify(nameInHost(host) ?? host ?? '')}`,
      );
    }
    next();
  };
}
