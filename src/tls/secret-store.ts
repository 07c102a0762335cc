import type { ObjectClient } from '../domain/client.ts';
import { isClusterError } from '../domain/errors.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { SecretData } from './rotation.ts';

const FIELDS = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'] as const;

interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

/** The Secret as it was read. */
interface StoredSecret {
  readonly data: SecretData;
  readonly object: Secret;
}

/** One Secret, shared by replicas that write it at the same time. */
export interface SecretStore {
  /** @returns undefined when it does not exist */
  read(signal: AbortSignal): Promise<StoredSecret | undefined>;
  /**
   * Creates the Secret, or replaces the one that was read; what others keep in it stays.
   * @returns false when another replica was faster: read again
   */
  write(data: SecretData, stored: StoredSecret | undefined, signal: AbortSignal): Promise<boolean>;
  /**
   * The API server's time, which it writes into what it would create: a dry run, so that nothing is.
   * @returns milliseconds since the Unix epoch, in whole seconds; undefined when it does not say
   */
  time(signal: AbortSignal): Promise<number | undefined>;
}

/** Needs `create` on secrets, and `get` and `update` on this one by name. */
export function createSecretStore(options: {
  readonly client: ObjectClient;
  readonly namespace: string;
  readonly secretName: string;
}): SecretStore {
  const { client, namespace, secretName: name } = options;
  return {
    read: async (signal) => {
      const object = await client.get<Secret>(RESOURCES.secrets, { namespace, name }, { signal });
      return object === undefined ? undefined : { data: decoded(object), object };
    },
    write: async (data, stored, signal) => {
      try {
        if (stored === undefined) {
          const created: Secret = {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name, namespace, labels: { 'app.kubernetes.io/name': 'sluice' } },
            type: 'kubernetes.io/tls',
            data: encoded(data),
          };
          await client.create(RESOURCES.secrets, created, { signal });
        } else {
          const { object } = stored;
          const replaced = { ...object, data: { ...object.data, ...encoded(data) } };
          await client.replace(RESOURCES.secrets, replaced, { signal });
        }
        return true;
      } catch (error) {
        const isLost = isClusterError(error, 'AlreadyExists') || isClusterError(error, 'Conflict');
        if (isLost) return false;
        throw error;
      }
    },
    time: async (signal) => {
      const metadata = { name: `${name}-time`, namespace };
      const probe: Secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque' };
      const made = await client.create(RESOURCES.secrets, probe, { signal, dryRun: true });
      const time = Date.parse(made.metadata.creationTimestamp ?? '');
      return Number.isNaN(time) ? undefined : time;
    },
  };
}

function decoded({ data = {} }: Secret): SecretData {
  return Object.fromEntries(
    FIELDS.flatMap((field) => {
      const value = data[field];
      return value === undefined ? [] : [[field, Buffer.from(value, 'base64').toString('utf8')]];
    }),
  );
}

function encoded(data: SecretData): Record<string, string> {
  return Object.fromEntries(
    FIELDS.flatMap((field) => {
      const value = data[field];
      return value === undefined ? [] : [[field, Buffer.from(value).toString('base64')]];
    }),
  );
}
