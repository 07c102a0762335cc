import { readFileSync } from 'node:fs';
import type { ApiObject } from './api.ts';
import { SYSTEM_NAMESPACE } from './install.ts';
import type { SuiteContext } from './suite.ts';
import { caseOf, subject, type VapCase } from './vap-case.ts';
import { collectionPath, type VapClient } from './vap-client.ts';
import {
  SIDES,
  caseName,
  grantObjects,
  namespaceObject,
  namespaceOf,
  paramObjects,
  policyObjects,
  sharedParams,
  type Side,
} from './vap-objects.ts';
import { waitFor } from './wait.ts';

const PARAM_KINDS = 'v1/ConfigMap,vap.sluice.test/v1/ClusterLimit';
const WEBHOOK = ['deployment/sluice-webhook', '-n', SYSTEM_NAMESPACE];
const EXECUTOR = `system:serviceaccount:${SYSTEM_NAMESPACE}:sluice-controller`;
const LIMIT_MS = 60_000;
const PARALLEL = 16;

/**
 * Prepares the cluster: kinds of parameters, rights of those who write, one replica of the webhook that knows the kinds.
 * @returns the function that puts the webhook back
 */
export async function prepare({ kubectl }: SuiteContext): Promise<() => Promise<void>> {
  await kubectl(
    ['apply', '-f', '-'],
    readFileSync(new URL('./vap/setup/objects.yaml', import.meta.url), 'utf8'),
  );
  const crd = 'crd/clusterlimits.vap.sluice.test';
  await kubectl(['wait', '--for=condition=Established', crd, '--timeout=30s']);
  await setParamKinds(kubectl, PARAM_KINDS);
  // Replicas learn of a policy at different moments; one is either there or not.
  await kubectl(['scale', ...WEBHOOK, '--replicas=1']);
  await restart(kubectl);
  return async () => {
    await setParamKinds(kubectl, '');
    await kubectl(['scale', ...WEBHOOK, '--replicas=2']);
    await restart(kubectl);
  };
}

async function setParamKinds(kubectl: SuiteContext['kubectl'], kinds: string): Promise<void> {
  const patch = JSON.stringify({ data: { SLUICE_PARAM_KINDS: kinds === '' ? null : kinds } });
  await kubectl([
    '-n',
    SYSTEM_NAMESPACE,
    'patch',
    'configmap/sluice-config',
    '--type=merge',
    '-p',
    patch,
  ]);
}

async function restart(kubectl: SuiteContext['kubectl']): Promise<void> {
  await kubectl(['rollout', 'restart', ...WEBHOOK]);
  await kubectl(['rollout', 'status', ...WEBHOOK, '--timeout=90s']);
}

/**
 * Makes everything that the cases need, the policies last, and waits until both sides heed all of them.
 * @returns the function that takes the policies away
 */
export async function furnish(
  context: SuiteContext,
  client: VapClient,
  cases: readonly VapCase[],
): Promise<() => Promise<void>> {
  const { kubectl } = context;
  const all = [...cases, READY];
  await apply(
    kubectl,
    all.flatMap((each) => SIDES.map((side) => namespaceObject(each, side))),
  );
  await apply(kubectl, [
    ...all.flatMap((each) => sharedParams(each)),
    ...all.flatMap((each) => grantObjects(each, 'cluster')),
    ...all.flatMap((each) =>
      SIDES.flatMap((side) => [...paramObjects(each, side), ...grantObjects(each, side)]),
    ),
  ]);
  await inParallel(
    all.flatMap((each) => SIDES.map((side) => [each, side] as const)),
    async ([each, side]) => {
      if (each.before !== undefined) await createSubject(client, each, side, each.before);
    },
  );
  await applyPolicies(context, cases);
  // Policies and bindings come in order: when the last ones hold, those before them do.
  await applyPolicies(context, [READY]);
  for (const side of SIDES) await waitUntilHeeded(context, side);
  return () => removePolicies(context, all);
}

/** What a Canary generates is written by nobody but Sluice, and goes when its Canary does. */
async function createSubject(
  client: VapClient,
  each: VapCase,
  side: Side,
  object: ApiObject,
): Promise<void> {
  if (each.kind !== 'HTTPRoute' && each.kind !== 'Service') {
    await client.create(each.kind, namespaceOf(each, side), object);
    return;
  }
  const namespace = namespaceOf(each, side);
  const { apiVersion, kind, metadata } = await client.create(
    'Canary',
    namespace,
    subject('Canary'),
  );
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid };
  const owned = { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
  await client.create(each.kind, namespace, owned, EXECUTOR);
}

async function applyPolicies({ kubectl }: SuiteContext, cases: readonly VapCase[]): Promise<void> {
  for (const kind of ['policies', 'bindings'] as const) {
    const objects = cases.flatMap((each) =>
      SIDES.flatMap((side) => policyObjects(each, side)[kind]),
    );
    await apply(kubectl, objects);
  }
}

async function removePolicies({ kubectl }: SuiteContext, cases: readonly VapCase[]): Promise<void> {
  const objects = cases.flatMap((each) =>
    SIDES.flatMap((side) => {
      const { policies, bindings } = policyObjects(each, side);
      return [...bindings, ...policies];
    }),
  );
  await kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', '-'], listOf(objects));
}

async function apply(kubectl: SuiteContext['kubectl'], objects: readonly object[]): Promise<void> {
  if (objects.length === 0) return;
  await kubectl(['create', '--validate=ignore', '-f', '-'], listOf(objects));
}

function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** Tells when policies are in force: one that changes, and one that refuses what was changed. */
const READY: VapCase = caseOf(
  {
    name: 'ready',
    policies: {
      m: {
        policy: {
          mutations: [
            {
              patchType: 'JSONPatch',
              jsonPatch: {
                expression: '[JSONPatch{op: "add", path: "/metadata/labels/ready", value: "yes"}]',
              },
            },
          ],
        },
      },
      v: {
        policy: {
          validations: [
            { expression: 'object.metadata.labels.?ready.orValue("") != "yes"', message: 'ready' },
          ],
        },
      },
    },
    verdict: 'deny',
  },
  '',
  'ready',
);

async function waitUntilHeeded({ cluster }: SuiteContext, side: Side): Promise<void> {
  const path = collectionPath(READY.kind, READY.apiVersion, namespaceOf(READY, side));
  await waitFor(
    `policies are in force in ${side}`,
    async () => {
      try {
        await cluster.api.create(`${path}?dryRun=All`, READY.body);
        return undefined;
      } catch (error) {
        const isOurs = error instanceof Error && error.message.includes(`${caseName(READY)}-v`);
        return isOurs ? true : undefined;
      }
    },
    LIMIT_MS,
  );
}

/** Runs a task for each item, a bounded number at a time. */
export async function inParallel<T>(
  items: readonly T[],
  task: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
