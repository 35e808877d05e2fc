// Listens to a caller's signal once, however many calls share it: eleven listeners look like a leak in the application.
import { setMaxListeners } from 'node:events';

type Follower = () => void;

interface Followed {
  followers: Set<Follower>;
  listener: () => void;
}

const followed = new WeakMap<AbortSignal, Followed>();

/** Calls `follower` when the signal is aborted, at once when it is already. Returns how to stop listening. */
export function onAbort(signal: AbortSignal, follower: Follower): () => void {
  if (signal.aborted) {
    follower();
    return () => undefined;
  }
  const known = followed.get(signal) ?? listenTo(signal);
  // A function of its own: the same follower may be given twice.
  const mine: Follower = () => follower();
  known.followers.add(mine);
  return () => {
    known.followers.delete(mine);
    if (known.followers.size > 0 || followed.get(signal) !== known) return;
    followed.delete(signal);
    signal.removeEventListener('abort', known.listener);
  };
}

function listenTo(signal: AbortSignal): Followed {
  const followers = new Set<Follower>();
  const listener = (): void => {
    followed.delete(signal);
    for (const each of followers) each();
  };
  signal.addEventListener('abort', listener, { once: true });
  const made = { followers, listener };
  followed.set(signal, made);
  return made;
}

/** A signal for one call, aborted with the caller's and for the caller's reason. `release` stops following. */
export function signalOfCall(signal: AbortSignal | null | undefined): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  allowListeners(controller.signal);
  const release =
    signal === undefined || signal === null ? () => undefined : onAbort(signal, () => controller.abort(signal.reason));
  return { signal: controller.signal, release };
}

/** A signal that we hand out may be listened to by many parts of one call. */
export function allowListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}
