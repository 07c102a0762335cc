/** One row of what Sluice answers otherwise than Kubernetes' own admission policies. */
interface DeclaredDifference {
  readonly kubernetes: string;
  readonly sluice: string;
  /** The parts of an answer that it touches. */
  readonly fields: readonly string[];
}

/** The same rows as in docs/reference/policies.md; none is about an expression. */
export const DECLARED_DIFFERENCES: Readonly<Record<string, DeclaredDifference>> = {
  'toward-safety': {
    kubernetes: 'every change that a policy matches may be denied',
    sluice: 'a change toward safety is let through with a warning',
    fields: ['code', 'reason', 'message', 'cause', 'warnings', 'object'],
  },
  'not-reviewed': {
    kubernetes: 'every resource and subresource is looked at',
    sluice: 'only what the webhooks are asked about: subresources such as `scale` are not',
    fields: ['code', 'reason', 'message', 'cause', 'object'],
  },
  'own-limits': {
    kubernetes: 'a mutation is applied once; a request has no budget beyond those of its policies',
    sluice:
      'a mutation that would change the object again when applied a second time is an error, and so is what one decision has no cost or time for',
    fields: ['code', 'reason', 'message', 'cause', 'object'],
  },
  'quoted-values': {
    kubernetes: 'an error quotes a missing key or an unknown zone, also one taken from the object',
    sluice: 'it quotes only what stands in the policy',
    fields: ['message', 'cause'],
  },
};
