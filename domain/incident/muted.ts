// Which incidents a mute or a maintenance window covers. Pure.
import type { Incident } from '#contracts/incident';
import type { Mute, Scope } from '#contracts/mute';

type Muted = Pick<Incident, 'fingerprint' | 'subject' | 'agent' | 'agents'>;

/** Whether a scope covers an incident. Pure. */
export function covers(scope: Scope, { fingerprint, subject, agent, agents }: Muted): boolean {
  if (scope.kind === 'project') return true;
  if (scope.kind === 'pattern') return scope.fingerprint === (fingerprint ?? subject);
  // An incident of several agents is notified as long as one of them is not muted.
  const all = agents.length === 0 ? [agent] : agents;
  return all.every((name) => name === scope.agent);
}

/** Whether a mute covers an incident at `nowMs`. Pure. */
export function isMuted(mute: Mute, incident: Muted & Pick<Incident, 'count' | 'versions'>, nowMs: number): boolean {
  if (!covers(mute.scope, incident)) return false;
  if (mute.until !== null && Date.parse(mute.until) <= nowMs) return false;
  const { unless } = mute;
  if (unless === null) return true;
  if (unless.times !== null && unless.count > 0 && incident.count >= unless.times * unless.count) return false;
  return !(unless.newVersion && incident.versions.some((version) => !unless.versions.includes(version)));
}
