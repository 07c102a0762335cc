import type { Config } from '../../config/options.ts';
import { readParamKinds } from '../../config/param-kinds.ts';
import { readScanKinds } from '../../config/scan-kinds.ts';
import type { Approval } from '../../domain/approval.ts';
import type { ObjectClient } from '../../domain/client.ts';
import { isClusterError } from '../../domain/errors.ts';
import type { PolicyException } from '../../domain/exception.ts';
import { parseApiVersion, type KubeObject, type ResourceType } from '../../domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../domain/policy.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { CONFIGURATION_NAME } from '../../admission/webhook-configuration.ts';
import { listAll } from '../../kube/list-all.ts';
import { pluralOf } from '../../policy/plural.ts';
import type { ReportWorld } from './world.ts';

const PAGE_SIZE = 500;

/**
 * The world that a cluster holds. Without the right to see policies, bindings and namespaces there is no report; what
 * else may not be seen is said in it.
 * @throws ClusterError when it cannot be read
 */
export async function worldOfCluster(
  client: ObjectClient,
  config: Config,
  { source, signal }: { readonly source: string; readonly signal: AbortSignal },
): Promise<ReportWorld> {
  const unseen: string[] = [];
  const list = async <T extends KubeObject>(type: ResourceType): Promise<readonly T[]> =>
    (await listAll<T>(client, type, { limit: PAGE_SIZE, signal })).items;
  const tryList = async <T extends KubeObject>(type: ResourceType): Promise<readonly T[]> =>
    list<T>(type).catch((error: unknown) => {
      unseen.push(whyUnseen(type, error));
      return [];
    });
  const kinds = [
    RESOURCES.canaries,
    RESOURCES.deployments,
    ...readScanKinds(config.scanKinds).map(typeOf),
  ];
  const paramTypes = readParamKinds(config.paramKinds).map(typeOf);
  const [policies, bindings, namespaces, exceptions, approvals, isRegistered, objects, params] =
    await Promise.all([
      list<RolloutPolicy>(RESOURCES.rolloutPolicies),
      list<RolloutPolicyBinding>(RESOURCES.rolloutPolicyBindings),
      list<KubeObject>(RESOURCES.namespaces),
      tryList<PolicyException>(RESOURCES.policyExceptions),
      tryList<Approval>(RESOURCES.approvals),
      isAdmissionRegistered(client, signal, unseen),
      Promise.all(
        kinds.map(async (type) => (await tryList(type)).map((object) => ({ type, object }))),
      ),
      Promise.all(paramTypes.map(async (type) => ({ type, items: await tryList(type) }))),
    ]);
  return {
    source,
    policies,
    bindings,
    namespaces,
    exceptions,
    approvals,
    objects: objects.flat(),
    params: (apiVersion, kind) => {
      const { group } = parseApiVersion(apiVersion);
      return params.find(({ type }) => type.kind === kind && type.group === group)?.items;
    },
    ...(isRegistered === undefined ? {} : { isAdmissionRegistered: isRegistered }),
    unseen: unseen.sort(),
  };
}

function typeOf({ apiVersion, kind }: { apiVersion: string; kind: string }): ResourceType {
  // The path of a list over all namespaces is that of a cluster-scoped kind, too.
  const plural = pluralOf(apiVersion, kind);
  return { ...parseApiVersion(apiVersion), kind, plural, namespaced: true };
}

/** @returns undefined when it may not be seen */
async function isAdmissionRegistered(
  client: ObjectClient,
  signal: AbortSignal,
  unseen: string[],
): Promise<boolean | undefined> {
  const type = RESOURCES.validatingWebhookConfigurations;
  try {
    return (await client.get(type, { name: CONFIGURATION_NAME }, { signal })) !== undefined;
  } catch (error) {
    unseen.push(whyUnseen(type, error));
    return undefined;
  }
}

/** @throws what is not about one kind */
function whyUnseen(type: ResourceType, error: unknown): string {
  const name = type.group === '' ? type.plural : `${type.plural}.${type.group}`;
  if (isClusterError(error, 'Forbidden')) return `${name} may not be read`;
  if (isClusterError(error, 'NotFound')) return `the cluster does not know ${name}`;
  throw error;
}
