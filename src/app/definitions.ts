import { readFileSync } from 'node:fs';
import type { ObjectClient } from '../domain/client.ts';
import { sleep, type Clock } from '../domain/clock.ts';
import { isClusterError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { KubeObject, ResourceType } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { Transport } from '../domain/transport.ts';
import { linkDeadline } from '../lib/abort.ts';
import { parseYamlDocuments } from '../lib/yaml-documents.ts';
import { readText } from '../kube/body.ts';

/** What missing definitions are created with. */
export interface DefinitionsOptions {
  readonly client: ObjectClient;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Namespace of the Lease; created, too, when it does not exist. Absent: there is no election. */
  readonly namespace: string | undefined;
}

const FOLDER = new URL('../../manifests/crds/', import.meta.url);
/** Of all of it: a process that cannot reach the API server must come up all the same, and say so by its readiness. */
const LIMIT_MS = 15_000;
const POLL_MS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

interface Definition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

/**
 * Creates what is missing of the namespace, of Sluice's definitions and of Flagger's, and waits until the API server
 * serves them. Nothing that exists is changed, and an identity that may not create changes nothing: what is missing
 * then shows in readiness and in the log as ever. Never rejects.
 */
export async function installDefinitions(
  options: DefinitionsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger } = options;
  const timedOut = (): Error => new Error(`not done after ${LIMIT_MS} ms`);
  const link = linkDeadline(clock, LIMIT_MS, timedOut, signal);
  try {
    await createNamespace(options, link.signal);
    const missing = await missingDefinitions(options, link.signal);
    if (missing.length === 0) return;
    for (const definition of missing)
      await create(options, RESOURCES.customResourceDefinitions, definition, link.signal);
    const names = missing.map(({ metadata }) => metadata.name);
    logger.info({ definitions: names }, 'created definitions that were missing');
    while (!(await isServed(options, link.signal))) await sleep(clock, POLL_MS, link.signal);
  } catch (error) {
    if (signal.aborted) return;
    // Without the right this is the usual case, and what is missing is said elsewhere.
    if (isClusterError(error, 'Forbidden')) logger.debug({ error }, 'may not create definitions');
    else logger.warn({ error }, 'cannot create what is missing of definitions');
  } finally {
    link.release();
  }
}

/** Unlike definitions, a namespace that cannot be created is no reason to stop: the elector says that it is missing. */
async function createNamespace(options: DefinitionsOptions, signal: AbortSignal): Promise<void> {
  const { client, logger, namespace } = options;
  if (namespace === undefined) return;
  try {
    if ((await client.get(RESOURCES.namespaces, { name: namespace }, { signal })) !== undefined) {
      return;
    }
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await create(options, RESOURCES.namespaces, object, signal);
    logger.info({ namespace }, 'created the namespace, which was missing');
  } catch (error) {
    if (!isClusterError(error, 'Forbidden')) throw error;
  }
}

async function create(
  { client }: DefinitionsOptions,
  type: ResourceType,
  object: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.create(type, object, { signal });
  } catch (error) {
    // Another replica was faster.
    if (!isClusterError(error, 'AlreadyExists')) throw error;
  }
}

/** Whether discovery shows all of it: the list of groups follows later than the groups themselves. */
async function isServed(options: DefinitionsOptions, signal: AbortSignal): Promise<boolean> {
  if ((await missingDefinitions(options, signal)).length > 0) return false;
  const { groups = [] } = (await discover(options, '/apis', signal)) ?? {};
  const listed = new Set(groups.map(({ name }) => name));
  return ownDefinitions().every(({ spec }) => listed.has(spec.group));
}

/** Compares with discovery, which every identity may read. */
async function missingDefinitions(
  options: DefinitionsOptions,
  signal: AbortSignal,
): Promise<Definition[]> {
  const wanted = ownDefinitions();
  const served = new Set<string>();
  for (const version of new Set(wanted.map(groupVersionOf))) {
    const { resources = [] } = (await discover(options, `/apis/${version}`, signal)) ?? {};
    for (const { name } of resources) served.add(`${version}/${name}`);
  }
  return wanted.filter((each) => !served.has(`${groupVersionOf(each)}/${each.spec.names.plural}`));
}

function ownDefinitions(): Definition[] {
  return ['sluice.yaml', 'flagger.yaml'].flatMap((file) => {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    return parseYamlDocuments(text).map(({ value }) => value as unknown as Definition);
  });
}

function groupVersionOf({ spec }: Definition): string {
  return `${spec.group}/${spec.versions[0]?.name ?? ''}`;
}

/** What discovery answers: APIGroupList or APIResourceList. */
interface Discovery {
  readonly groups?: readonly { readonly name: string }[];
  readonly resources?: readonly { readonly name: string }[];
}

/**
 * @returns undefined for what is not there
 * @throws Error, or what the transport rejects with, when the API server does not answer
 */
async function discover(
  { transport }: DefinitionsOptions,
  path: string,
  signal: AbortSignal,
): Promise<Discovery | undefined> {
  const headers = { accept: 'application/json' };
  const response = await transport({ method: 'GET', path, headers, signal });
  const text = await readText(response.body, MAX_BYTES);
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw new Error(`discovery answered ${response.status}`);
  return JSON.parse(text) as Discovery;
}
