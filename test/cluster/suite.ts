import type { Binaries } from './binaries.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Kubectl } from './kubectl.ts';
import type { PodRunner } from './pod-runner.ts';
import type { Processes } from './processes.ts';
import type { Report } from './report.ts';

/** What a suite plays on: a running cluster with Sluice installed. */
export interface SuiteContext {
  readonly binaries: Binaries;
  readonly processes: Processes;
  readonly cluster: ControlPlane;
  readonly pods: PodRunner;
  readonly report: Report;
  readonly folder: string;
  /** As admin. */
  readonly kubectl: Kubectl;
}

export type Suite = (context: SuiteContext) => Promise<void>;
