import type { Canary, CanaryAnalysis, CanaryService } from '../domain/canary.ts';
import type { Problem } from './problem.ts';
import { isTcp } from './service-protocol.ts';

/** What of a Canary's spec a VirtualService cannot say, or what in it contradicts itself; undefined when all fits. */
export function virtualServiceProblem({ spec }: Canary): Problem | undefined {
  const { service = { port: 80 }, analysis = {} } = spec;
  return delegationProblem(service) ?? tcpProblem(service, analysis) ?? matchProblem(analysis);
}

function delegationProblem(service: CanaryService): Problem | undefined {
  const { hosts = [], gateways } = service;
  const listed = Array.isArray(gateways) ? gateways : [];
  if (service['delegation'] !== true || hosts.length + listed.length === 0) return undefined;
  const message =
    'spec.service.hosts and spec.service.gateways must be empty with spec.service.delegation';
  return { reason: 'DelegationConflict', message };
}

const NOT_FOR_TCP: readonly {
  readonly field: string;
  readonly used: (analysis: CanaryAnalysis) => boolean;
}[] = [
  { field: 'match', used: ({ match = [] }) => match.length > 0 },
  { field: 'mirror', used: ({ mirror }) => mirror === true },
  { field: 'sessionAffinity', used: ({ sessionAffinity }) => sessionAffinity !== undefined },
];

function tcpProblem(service: CanaryService, analysis: CanaryAnalysis): Problem | undefined {
  const found = isTcp(service) ? NOT_FOR_TCP.find(({ used }) => used(analysis)) : undefined;
  if (found === undefined) return undefined;
  const message = `spec.analysis.${found.field} needs requests, and spec.service.appProtocol is tcp`;
  return { reason: 'TcpUnsupported', message };
}

function matchProblem(analysis: CanaryAnalysis): Problem | undefined {
  const { match = [], mirror, iterations = 0 } = analysis;
  // The rule by which A/B tests route has no room for a mirror, so a run would wait for one that never comes.
  if (match.length > 0 && mirror === true && iterations <= 0) {
    const message = 'spec.analysis.mirror cannot be combined with spec.analysis.match';
    return { reason: 'RouteUnsupported', message };
  }
  const suffixed = match.some(({ headers }) =>
    Object.values((headers ?? {}) as Record<string, unknown>).some(
      (value) => value !== null && typeof value === 'object' && 'suffix' in value,
    ),
  );
  if (!suffixed) return undefined;
  const message = 'spec.analysis.match.headers: Istio cannot match a suffix; use regex';
  return { reason: 'RouteUnsupported', message };
}
