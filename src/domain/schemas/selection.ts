import { CALL_SITES } from '../policy.ts';
import { list, listMap, oneOf, record, setOf, stringMap, text, type Schema } from './schema.ts';

/** metav1.LabelSelector. */
export const labelSelector = (description: string): Schema =>
  record(description, {
    matchLabels: stringMap('Labels that must have these values.'),
    matchExpressions: list(
      'Further requirements; all must hold.',
      record(
        'One requirement on a label.',
        {
          key: text('Label key.', { maxLength: 317 }),
          operator: oneOf(
            ['In', 'NotIn', 'Exists', 'DoesNotExist'],
            'Relation of the label to the values.',
          ),
          values: list('Values of In and NotIn.', { type: 'string', maxLength: 63 }),
        },
        ['key', 'operator'],
      ),
    ),
  });

const namedRule: Schema = record('Operations on resources that match.', {
  apiGroups: list("API groups; '*' is all.", { type: 'string', maxLength: 253 }),
  apiVersions: list("API versions; '*' is all.", { type: 'string', maxLength: 63 }),
  operations: list(
    "Operations; '*' is all.",
    { type: 'string', enum: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'] },
    5,
  ),
  resources: list("Resources: 'pods', 'pods/log', 'pods/*', '*', '*/log' or '*/*'.", {
    type: 'string',
    maxLength: 253,
  }),
  resourceNames: list('Object names; absent: any.', { type: 'string', maxLength: 253 }),
  scope: oneOf(['Cluster', 'Namespaced', '*'], 'Scope of the resources; absent: both.'),
});

/** MatchResources of ValidatingAdmissionPolicy v1. */
export const matchResources = (description: string): Schema =>
  record(description, {
    namespaceSelector: labelSelector(
      'Selects by the labels of the namespace; a Namespace object by its own labels.',
    ),
    objectSelector: labelSelector('Selects by the labels of the new or the old object.'),
    resourceRules: list('Resources that match; one rule is enough.', namedRule),
    excludeResourceRules: list('Resources that do not match; these win.', namedRule),
    matchPolicy: oneOf(
      ['Equivalent', 'Exact'],
      'Whether a request by another API version of a listed resource matches. Default Equivalent.',
    ),
  });

export const evaluateAt = (description: string): Schema =>
  setOf(description, { type: 'string', enum: CALL_SITES }, CALL_SITES.length);

export const namedExpressions = (description: string): Schema =>
  listMap(
    description,
    ['name'],
    record(
      'A named expression.',
      {
        name: text('Its name.', { minLength: 1, maxLength: 317 }),
        expression: { type: 'string', description: 'CEL.', minLength: 1, maxLength: 16384 },
      },
      ['name', 'expression'],
    ),
  );
