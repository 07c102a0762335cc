import type { Config } from '../config/options.ts';
import type { AccessReviewer } from '../domain/access.ts';
import type { ObjectClient } from '../domain/client.ts';
import type { Clock } from '../domain/clock.ts';
import type { SchemaSource } from '../domain/kind-schemas/kind-schemas.ts';
import type { Logger } from '../domain/logger.ts';
import type { OutboundClient } from '../domain/transport.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import type { Health } from '../telemetry/health.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Caches } from './caches.ts';
import type { StopList } from './stop-list.ts';

/** What every part of a running process shares. */
export interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly client: ObjectClient;
  /** Of the cluster's kinds. */
  readonly schemas: SchemaSource;
  /** Asks who may do what. */
  readonly access: AccessReviewer;
  readonly outbound: OutboundClient;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly caches: Caches;
  readonly engine: PolicyEngine;
  readonly stops: StopList;
  /** Who this process is, different for each. */
  readonly identity: string;
  /** Whether parts may listen on sockets. */
  readonly listens: boolean;
}

/** Users that the controller writes as: what it writes is not stamped, and only they may write runs. */
export function executorUsernames({ sluiceNamespace, executorUsers }: Config): readonly string[] {
  return executorUsers.length > 0
    ? executorUsers
    : [`system:serviceaccount:${sluiceNamespace}:sluice-controller`];
}

/** Whether this process decides at gates, and so keeps whole what they are asked about. */
export function decidesAtGates({ roles }: Config): boolean {
  return roles.includes('controller') || roles.includes('gates');
}
