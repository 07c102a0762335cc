/** One row of what Sluice answers otherwise than Kubernetes' own admission policies. */
interface DeclaredDifference {
  readonly kubernetes: string;
  readonly sluice: string;
  /** The parts of an answer that it touches. */
  readonly fields: readonly string[];
}

/** The same rows as in docs/reference/policies.md; none is about an expression. */
export const DECLARED_DIFFERENCES: Readonly<Record<string, DeclaredDifference>> = {
  'configuration-errors': {
    kubernetes:
      'an error of the configuration, such as missing parameters, or of an audit annotation denies whatever the binding says',
    sluice: 'it has the action of the binding: what is bound with Warn or Audit denies nothing',
    fields: ['code', 'reason', 'message', 'cause', 'warnings', 'object', 'audit'],
  },
  idempotence: {
    kubernetes: 'a mutation is applied once',
    sluice: 'it is applied twice, and refused when the second time changes the object again',
    fields: ['code', 'reason', 'message', 'cause', 'object'],
  },
};
