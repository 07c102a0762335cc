/** A rule of the planner or executor that is taken out of a copy of it, to see that a property misses it. */
export interface Guard {
  readonly name: string;
  /** Path from the root. */
  readonly file: string;
  /** Must occur in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly scenario: string;
}

const DELIVERY = 'src/delivery';

/** Each is found by a property within small bounds. */
export const GUARDS: readonly Guard[] = [
  {
    name: 'a closed gate holds',
    file: `${DELIVERY}/plan-context.ts`,
    find: "open: decision.verdict === 'allow' || decision.verdict === 'warn'",
    replace: 'open: true',
    scenario: 'canary',
  },
  {
    name: 'the gate Promotion is asked',
    file: `${DELIVERY}/plan-promotion.ts`,
    find: "if (!gate.open) return holdAtGate(context, 'Promotion', gate.decision);\n  return begin(",
    replace: 'return begin(',
    scenario: 'canary',
  },
  {
    name: 'a raised share is taken back',
    file: `${DELIVERY}/plan-context.ts`,
    find: 'if (!spec.routesTraffic || !raisesShare(status.weights, live)) return undefined;',
    replace: 'if (spec !== undefined) return undefined;',
    scenario: 'canary',
  },
  {
    name: 'the route is written before the status',
    file: `${DELIVERY}/realise.ts`,
    find: 'return [...effects(context), ...statusWrite(context)];',
    replace: 'return [...statusWrite(context), ...effects(context)];',
    scenario: 'canary',
  },
  {
    name: 'intent is recorded before the route is written',
    file: `${DELIVERY}/realise.ts`,
    find: "    { type: 'recordRun', status: next },\n    ...realisation({ ...context, status: next }),",
    replace:
      "    ...realisation({ ...context, status: next }),\n    { type: 'recordRun', status: next },",
    scenario: 'canary',
  },
  {
    name: 'writes of a run have a version as precondition',
    file: `${DELIVERY}/runs.ts`,
    find: 'return client.replaceStatus(RESOURCES.rolloutRuns, { ...run, status }, { signal });',
    replace:
      'const { resourceVersion: _, ...metadata } = run.metadata;\n  return client.replaceStatus(RESOURCES.rolloutRuns, { ...run, metadata, status }, { signal });',
    scenario: 'canary',
  },
  {
    name: 'a promotion waits for the primary',
    file: `${DELIVERY}/plan-promotion.ts`,
    find: "if (readiness.state === 'progressing') {",
    replace: "if (obs.canary === undefined && readiness.state === 'progressing') {",
    scenario: 'canary',
  },
  {
    name: 'the canary is waited for',
    file: `${DELIVERY}/plan-round.ts`,
    find: "if (target.readiness.state === 'ready') return undefined;",
    replace: 'if (target !== undefined) return undefined;',
    scenario: 'canary',
  },
  {
    name: 'an error is no pass',
    file: `${DELIVERY}/analyse.ts`,
    find: "return verdicts.every((verdict) => verdict === 'pass') ? 'pass' : 'unknown';",
    replace: "return verdicts.includes('noData') ? 'unknown' : 'pass';",
    scenario: 'canary',
  },
  {
    name: 'no data is no pass',
    file: `${DELIVERY}/analyse.ts`,
    find: "return verdicts.every((verdict) => verdict === 'pass') ? 'pass' : 'unknown';",
    replace: "return verdicts.includes('error') ? 'unknown' : 'pass';",
    scenario: 'canary',
  },
  {
    name: 'a failed check is no pass',
    file: `${DELIVERY}/analyse.ts`,
    find: "if (verdicts.includes('fail')) return 'fail';",
    replace: "if (verdicts.includes('fail')) return 'pass';",
    scenario: 'canary',
  },
  {
    name: 'suspend stops everything',
    file: `${DELIVERY}/plan.ts`,
    find: 'if (spec.suspended) return suspended(context, run);',
    replace: 'if (spec === undefined) return suspended(context, run);',
    scenario: 'canary',
  },
  {
    name: 'a step lasts its interval',
    file: `${DELIVERY}/plan-round.ts`,
    find: '  const waitMs = dueInMs(context);\n  return waitMs > 0 ? stillHeld(context, waitMs) : undefined;',
    replace:
      '  const waitMs = dueInMs(context) * 0;\n  return waitMs > 0 ? stillHeld(context, waitMs) : undefined;',
    scenario: 'canary',
  },
  {
    name: 'what was recorded is made after a crash',
    file: `${DELIVERY}/plan.ts`,
    find: '    planCatchUp(runContext) ??\n',
    replace: '    (spec === undefined ? planCatchUp(runContext) : undefined) ??\n',
    scenario: 'canary',
  },
  {
    name: 'traffic goes only to a primary that has pods',
    file: `${DELIVERY}/plan-context.ts`,
    find: 'obs.primary !== undefined && obs.primary.available > 0;',
    replace: 'obs !== undefined;',
    scenario: 'canary',
  },
  {
    name: 'a share lowered after the decision stays low',
    file: `${DELIVERY}/execute-cluster.ts`,
    find: 'if (raisesShare(now, weights) && raisesShare(now, scene.observation.route.weights)) {',
    replace: 'if (raisesShare(now, weights) && scene === undefined) {',
    scenario: 'canary',
  },
  {
    name: 'a run that has ended stays ended',
    file: `${DELIVERY}/plan.ts`,
    find: 'if (isTerminal(run)) return planSettled(context, run);',
    replace: 'if (isTerminal(run) && run === undefined) return planSettled(context, run);',
    scenario: 'canary',
  },
  {
    name: 'a recorded raise waits for a canary that is ready',
    file: `${DELIVERY}/plan-catch-up.ts`,
    find: "const isReady = obs.target?.readiness.state === 'ready';",
    replace: 'const isReady = obs.target !== undefined;',
    scenario: 'canary',
  },
  {
    name: 'a deletion waits for the target',
    file: `${DELIVERY}/plan-deletion.ts`,
    find: "if (target.readiness.state === 'ready') return undefined;",
    replace: 'if (status !== undefined) return undefined;',
    scenario: 'canary',
  },
  {
    name: 'what somebody gave to the canary before the start is no share',
    file: `${DELIVERY}/plan-start.ts`,
    find: 'const raised = raisedBefore(context);',
    replace: 'const raised = context.now < 0 ? raisedBefore(context) : undefined;',
    scenario: 'canary',
  },
  {
    name: 'the revision before a failed promotion is a change',
    file: `${DELIVERY}/plan-settled.ts`,
    find: 'const known = [lastAppliedSpec, ...(hasLeft(context, last) ? [] : [lastPromotedSpec])];',
    replace:
      'const known = [lastAppliedSpec, ...(spec === undefined && hasLeft(context, last) ? [] : [lastPromotedSpec])];',
    scenario: 'canary',
  },
  {
    name: 'a failing round of a held run is not asked again at once',
    file: `${DELIVERY}/plan-start.ts`,
    find: "const isFailing = last !== undefined && last.verdict !== 'pass';",
    replace: "const isFailing = last?.verdict === 'never';",
    scenario: 'canary',
  },
  {
    name: 'a share goes back only to a primary that has pods, also late',
    file: `${DELIVERY}/plan-catch-up.ts`,
    find: 'if (!raises) return unserved(context) ?? followed(context, status);',
    replace: 'if (!raises) return followed(context, status);',
    scenario: 'canary, stepped promotion',
  },
];
