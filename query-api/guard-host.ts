// Only names of this Telltale are answered, against DNS rebinding (domain/server-names.ts).
import type { RequestHandler } from 'express';
import { TelltaleError } from '#domain/errors';
import { answersUnder, nameInHost, type ServerNames } from '#domain/server-names';

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
