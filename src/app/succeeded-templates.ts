import { CONFIG_REFERENCES } from '../delivery/primary-pods.ts';
import type { ObjectCache } from '../domain/client.ts';
import type { KubeObject } from '../domain/object.ts';
import type { Json } from '../lib/lossless-json.ts';
import { identityOnly } from './trimmed.ts';

const SUFFIX = '-primary';

interface Deployment extends KubeObject {
  spec?: {
    selector?: { matchLabels?: Readonly<Record<string, string>> };
    template?: Json;
  };
}

/** What is kept of a Deployment for this: all of a primary that a Canary owns, the name of any other. */
export function keepPrimary(deployment: KubeObject): KubeObject {
  return isPrimary(deployment) ? deployment : identityOnly(deployment);
}

function isPrimary({ metadata }: KubeObject): boolean {
  const owners = metadata.ownerReferences ?? [];
  return metadata.name.endsWith(SUFFIX) && owners.some(({ kind }) => kind === 'Canary');
}

/**
 * The pod templates that a Deployment may always go back to: what its primary runs, as the target has it. The primary's
 * differs from it by the suffix `-primary` in selector labels and in what selects by them, and, when Flagger made it, in
 * the names of ConfigMaps and Secrets.
 * @returns undefined when there is no primary
 */
export function succeededTemplates(
  deployments: ObjectCache<KubeObject>,
  namespace: string,
  name: string,
): readonly Json[] | undefined {
  const primary: Deployment | undefined = deployments.get({ namespace, name: `${name}${SUFFIX}` });
  const template = primary?.spec?.template;
  if (primary === undefined || template === undefined || !isPrimary(primary)) return undefined;
  const labels = new Set(Object.values(primary.spec?.selector?.matchLabels ?? {}));
  const own = rewrite(template, ({ key, value, inSelector }) =>
    inSelector && (labels.has(value) || value === `${name}${SUFFIX}`) && key !== 'name'
      ? unsuffixed(value)
      : value,
  );
  const withoutCopies = rewrite(own, ({ key, value, inReference }) =>
    inReference && (key === 'name' || key === 'secretName') ? unsuffixed(value) : value,
  );
  return [own, withoutCopies];
}

interface Place {
  readonly key: string;
  readonly value: string;
  /** Below `labels` or a label selector. */
  readonly inSelector: boolean;
  /** Directly in a reference to a ConfigMap or Secret. */
  readonly inReference: boolean;
}

const SELECTORS = new Set(['labels', 'matchLabels', 'matchExpressions']);

function rewrite(
  value: Json,
  change: (place: Place) => string,
  at: { key: string; parent: string; inSelector: boolean } = {
    key: '',
    parent: '',
    inSelector: false,
  },
): Json {
  if (typeof value === 'string') {
    const { key, parent, inSelector } = at;
    return change({ key, value, inSelector, inReference: CONFIG_REFERENCES.has(parent) });
  }
  if (Array.isArray(value))
    return (value as readonly Json[]).map((item) => rewrite(item, change, at));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      rewrite(child as Json, change, {
        key,
        parent: at.key,
        inSelector: at.inSelector || SELECTORS.has(key),
      }),
    ]),
  );
}

function unsuffixed(value: string): string {
  return value.endsWith(SUFFIX) ? value.slice(0, -SUFFIX.length) : value;
}
