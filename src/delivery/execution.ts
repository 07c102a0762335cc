import type { Canary } from '../domain/canary.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { ApprovalIndex } from './approval-index.ts';
import type { DeliveryDeps } from './config.ts';
import type { Scene } from './observe.ts';
import type { RunLedger } from './run-ledger.ts';

/** A plan being carried out: the objects as last written, so that the next write goes on from there. */
export interface Execution {
  readonly deps: DeliveryDeps;
  readonly scene: Scene;
  readonly approvals: ApprovalIndex;
  readonly ledger: RunLedger;
  readonly signal: AbortSignal;
  canary: Canary;
  run: RolloutRun | undefined;
}
