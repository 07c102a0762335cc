import type { Bypass } from './bypass-row.ts';

const FOR_DEPLOYERS = ['no right', 'refused', 'refused'] as const;
const FOR_ALL = ['refused', 'refused', 'refused'] as const;
const FOR_ADMINS = ['no right', 'no right', 'refused'] as const;
const UNDONE = ['undone', 'undone', 'undone'] as const;

/** Ways that lead over what Canaries generate. */
export const OBJECT_ROWS: readonly Bypass[] = [
  {
    id: 'changed-by-forged',
    what: '`sluice.dev/changed-by` on a Deployment',
    expected: UNDONE,
    by: 'webhook: written over at once',
  },
  {
    id: 'changed-by-status',
    what: 'the same by the subresource `status`',
    expected: FOR_ADMINS,
    by: 'webhook',
  },
  {
    id: 'primary-image',
    what: 'the pods of a primary',
    expected: FOR_ALL,
    by: 'webhook',
  },
  { id: 'primary-paused', what: 'a primary paused', expected: FOR_ALL, by: 'webhook' },
  {
    id: 'primary-owner',
    what: 'the owner of a primary taken away, to edit it next',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'primary-owner-status',
    what: 'the same by the subresource `status`',
    expected: FOR_ADMINS,
    by: 'webhook',
  },
  { id: 'primary-delete', what: 'a primary deleted', expected: FOR_ALL, by: 'webhook' },
  {
    id: 'primary-applied',
    what: 'the pods of a primary by a forced server-side apply',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'replica-set',
    what: 'the ReplicaSet of a primary',
    expected: UNDONE,
    by: 'the Deployment controller makes another one',
  },
  {
    id: 'primary-zero',
    what: 'a primary scaled to zero',
    expected: ['gap', 'gap', 'gap'],
    by: 'an outage and no way round: a rollout holds, and no traffic is sent to a primary without pods',
  },
  {
    id: 'service-selector',
    what: 'selector or ports of a generated Service',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'service-external',
    what: 'a generated Service made an ExternalName',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'service-owner-status',
    what: 'the owner of a generated Service taken away by the subresource `status`',
    expected: FOR_ADMINS,
    by: 'webhook',
  },
  { id: 'service-delete', what: 'a generated Service deleted', expected: FOR_ALL, by: 'webhook' },
  {
    id: 'collection-deleted',
    what: 'all Services of the namespace deleted at once',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'claimed-object',
    what: 'an object made to belong to a Canary',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'route-weight',
    what: "the canary's share raised on the route",
    expected: FOR_DEPLOYERS,
    by: 'webhook',
  },
  {
    id: 'route-hosts',
    what: 'anything else of the spec of a generated route',
    expected: FOR_DEPLOYERS,
    by: 'webhook',
  },
  {
    id: 'route-other-version',
    what: 'the same in another version of the API',
    expected: FOR_DEPLOYERS,
    by: 'webhook: `matchPolicy: Equivalent`',
  },
  { id: 'route-delete', what: 'a generated route deleted', expected: FOR_DEPLOYERS, by: 'webhook' },
  {
    id: 'ingress-weight',
    what: "the canary's share raised on its Ingress",
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'ingress-header',
    what: 'a header by which requests go to the canary, on its Ingress',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'ingress-status',
    what: 'the same by the subresource `status`',
    expected: FOR_ADMINS,
    by: 'webhook',
  },
  {
    id: 'ingress-spec',
    what: "the paths of a canary's Ingress",
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'ingress-delete',
    what: "a canary's Ingress deleted",
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'dry-run',
    what: 'a dry run of any of these',
    expected: FOR_ALL,
    by: 'webhook: answered as the write itself',
  },
  {
    id: 'other-route',
    what: "another route to the canary's Service",
    expected: ['no right', 'gap', 'gap'],
    by: 'who may write HTTPRoutes is for RBAC to say',
  },
  {
    id: 'pod-label',
    what: "a pod labelled so that the primary's Service selects it",
    expected: ['gap', 'gap', 'gap'],
    by: 'who may write pods is for RBAC to say: people rarely need it',
  },
  {
    id: 'config-map',
    what: "a ConfigMap or Secret of a target's pods",
    expected: ['gap', 'gap', 'gap'],
    by: 'it is a rollout like a change of the template: gate RolloutStart, analysis, promotion; the primary keeps its copy',
  },
  {
    id: 'config-copy',
    what: "the primary's copy of a ConfigMap or Secret",
    expected: ['undone', 'undone', 'undone'],
    by: 'controller: Event `DriftRepaired`',
  },
];
