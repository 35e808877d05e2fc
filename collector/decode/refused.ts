// Refusals that carry their status: what a door answers when it does not take a request.

/** The request cannot be taken; `status` (of HTTP) and `message` go into the reply. */
export class RefusedError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'RefusedError';
    this.status = status;
  }
}
