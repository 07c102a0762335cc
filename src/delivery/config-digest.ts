import { createHash } from 'node:crypto';
import type { KubeObject } from '../domain/object.ts';

/** A ConfigMap or Secret as the API serves it: values of Secrets and of `binaryData` are base64. */
export interface ConfigObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
  /** Of a Secret. */
  readonly type?: string;
}

/** What is kept of a ConfigMap or Secret in memory: never what is in it. */
export interface ConfigMark extends KubeObject {
  readonly digest: string;
  /** Whether changes of it are rolled out, and the primary gets a copy. */
  readonly tracked: boolean;
}

const OPT_OUT = 'flagger.app/config-tracking';
/** Types that pods get content from; tokens, image credentials and releases of Helm are not configuration. */
const SECRET_TYPES: ReadonlySet<string> = new Set([
  'Opaque',
  'kubernetes.io/basic-auth',
  'kubernetes.io/ssh-auth',
  'kubernetes.io/tls',
]);

/**
 * What a config is recognised by, as Flagger computes it: the first 8 bytes of the SHA-256 of Go's JSON of `data`, in
 * hexadecimal. `binaryData`, which Flagger does not look at, counts too where there is some.
 */
export function configDigest({ data, binaryData }: ConfigObject): string {
  const binary = isEmpty(binaryData) ? '' : `\n${goJson(binaryData)}`;
  const text = `${isEmpty(data) ? 'null' : goJson(data)}${binary}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Whether a config takes part: it does not opt out, and a Secret is of a type that holds configuration. */
export function isTracked(config: ConfigObject): boolean {
  if (config.metadata.annotations?.[OPT_OUT]?.startsWith('disable') === true) return false;
  return config.kind !== 'Secret' || SECRET_TYPES.has(config.type ?? 'Opaque');
}

/** The mark that stands for a config in a copy of the cluster. */
export function markOf(config: ConfigObject): ConfigMark {
  const { apiVersion, kind, metadata } = config;
  const { name, namespace, uid, resourceVersion, ownerReferences } = metadata;
  const kept = Object.entries({ namespace, uid, resourceVersion, ownerReferences });
  return {
    apiVersion,
    kind,
    metadata: { name, ...Object.fromEntries(kept.filter(([, value]) => value !== undefined)) },
    digest: configDigest(config),
    tracked: isTracked(config),
  };
}

function isEmpty(
  map: Readonly<Record<string, string>> | undefined,
): map is undefined | Record<string, never> {
  return map === undefined || Object.keys(map).length === 0;
}

/** Go's `json.Marshal` of a map of strings: sorted keys, and what HTML and JavaScript stumble over is escaped. */
function goJson(map: Readonly<Record<string, string>>): string {
  const members = Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${quoted(key)}:${quoted(value)}`);
  return `{${members.join(',')}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
