import type { AdmissionMetrics } from '../admission/metrics.ts';
import type { GateKeeper } from '../domain/gates.ts';
import type { ControllerMetrics } from '../kube/controller.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Counts what the review port answers. */
export function admissionRecorder(metrics: Metrics): AdmissionMetrics {
  return {
    answered: (path, verdict, seconds) => {
      metrics.increment('sluice_reviews_total', { path, verdict });
      metrics.observe('sluice_review_duration_seconds', { path }, seconds);
    },
    rejected: (reason) => {
      metrics.increment('sluice_reviews_rejected_total', { reason });
    },
    repaired: () => {
      metrics.increment('sluice_webhook_repairs_total', {});
    },
  };
}

/** Counts what the controller does. */
export function controllerRecorder(metrics: Metrics): ControllerMetrics {
  return {
    depth: (keys) => {
      metrics.set('sluice_workqueue_depth', {}, keys);
    },
    reconciled: (result) => {
      metrics.increment('sluice_reconciles_total', { result });
    },
  };
}

/** The same gate keeper, with its verdicts counted. */
export function countedGates(gateKeeper: GateKeeper, metrics: Metrics): GateKeeper {
  return {
    ask: (question) => {
      const decision = gateKeeper.ask(question);
      const { gate } = question;
      metrics.increment('sluice_gate_decisions_total', { gate, verdict: decision.verdict });
      return decision;
    },
    subscribe: (listener) => gateKeeper.subscribe(listener),
  };
}
