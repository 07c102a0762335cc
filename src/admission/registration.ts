import { isDeepStrictEqual } from 'node:util';
import type { ObjectCache, ObjectClient } from '../domain/client.ts';
import { sleep, type Clock } from '../domain/clock.ts';
import { isClusterError, SluiceError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { OwnerReference, ResourceType } from '../domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { RESOURCES } from '../domain/resources.ts';
import { createReflector, type Reflector } from '../kube/reflector.ts';
import { backoffMs } from '../lib/backoff.ts';
import { withOwners, type ConfigurationOwner } from './configuration-owner.ts';
import type { AdmissionMetrics } from './metrics.ts';
import { Waker } from './waker.ts';
import {
  CONFIGURATION_NAME,
  buildWebhookConfigurations,
  type WebhookConfiguration,
  type WebhookConfigurationOptions,
} from './webhook-configuration.ts';

export interface RegistrationOptions extends Omit<
  WebhookConfigurationOptions,
  'caBundle' | 'policies'
> {
  readonly client: ObjectClient;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: AdmissionMetrics;
  readonly certificate: {
    current(): { readonly caBundle: string };
    subscribe(listener: () => void): () => void;
    refresh(signal: AbortSignal): Promise<void>;
  };
  readonly policies: ObjectCache<RolloutPolicy>;
  readonly bindings: ObjectCache<RolloutPolicyBinding>;
  /** The object with which the configurations go. */
  readonly owner: ConfigurationOwner;
  /** Told of a configuration, as it is again, that others had changed or deleted. */
  readonly onGap?: (configuration: WebhookConfiguration, found: 'changed' | 'deleted') => void;
  /** Asks the review port for an answer, as the API server would; rejects while it gives none. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
}

/** Keeps the webhook configurations as they must be. */
export interface Registration {
  /** Whether both configurations were as wanted when they were last looked at. */
  readonly registered: boolean;
  /** What keeps the configurations from being right; undefined while they are. For readiness. */
  problem(): string | undefined;
  /** Probes, registers, and puts right what others change, until the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const TYPES = [
  RESOURCES.validatingWebhookConfigurations,
  RESOURCES.mutatingWebhookConfigurations,
] as const;
const RETRY = { baseMs: 200, maxMs: 10_000 };
/** Between two repairs in a row: replicas of two versions must not write in turns as fast as they can. */
const REPAIR = { baseMs: 250, maxMs: 5000 };
/** Repairs further apart than this are not in a row. Milliseconds. */
const REPAIR_MEMORY_MS = 300_000;
/** Looks at the configurations even when nothing was heard. Milliseconds. */
const RECHECK_MS = 60_000;

/** Makes the registration; every replica runs one, and all write the same. */
export function createRegistration(options: RegistrationOptions): Registration {
  return new Registrar(options);
}

/** Removes both configurations; what is not there is fine. For uninstalling. */
export async function unregister(client: ObjectClient, signal: AbortSignal): Promise<void> {
  for (const type of TYPES) await client.delete(type, { name: CONFIGURATION_NAME }, { signal });
}

function isOwned(stored: WebhookConfiguration, owner: OwnerReference | undefined): boolean {
  if (owner === undefined) return true;
  return stored.metadata.ownerReferences?.some(({ uid }) => uid === owner.uid) === true;
}

/** What was written last, and the form in which the API server keeps it. */
interface Asserted {
  readonly wanted: WebhookConfiguration['webhooks'];
  readonly stored: WebhookConfiguration['webhooks'];
}

class Registrar implements Registration {
  readonly #options: RegistrationOptions;
  readonly #logger: Logger;
  readonly #asserted = new Map<ResourceType, Asserted>();
  #problem: string | undefined = 'the webhooks are not registered yet';
  readonly #waker: Waker;
  #repairs = 0;
  #repairedAt = -Infinity;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.#waker = new Waker(options.clock);
  }

  get registered(): boolean {
    return this.#problem === undefined;
  }

  problem(): string | undefined {
    return this.#problem;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { certificate, policies, bindings } = this.#options;
    const wake = (): void => {
      this.#waker.touch();
    };
    const unsubscribe = [certificate, policies, bindings].map((source) => source.subscribe(wake));
    try {
      await this.#retried(signal, () => this.#options.probe(signal), 'the review port');
      const watches = TYPES.map((type) => this.#watch(type, signal));
      await this.#keep(signal);
      await Promise.all(watches);
    } catch (error) {
      if (!signal.aborted) this.#logger.error({ error }, 'the registration ended');
    } finally {
      for (const end of unsubscribe) end();
    }
  }

  /** Asserts whenever something was touched. */
  async #keep(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      const what = 'the webhook configurations';
      const isRepaired = await this.#retried(signal, () => this.#assertAll(signal), what);
      if (this.#problem !== undefined) this.#logger.info({}, 'webhooks registered');
      this.#problem = undefined;
      if (isRepaired) await sleep(clock, backoffMs(this.#nextRepair(), REPAIR, random), signal);
      await this.#waker.next(RECHECK_MS, signal);
    }
  }

  /** @returns how many repairs there were in a row before this one */
  #nextRepair(): number {
    const now = this.#options.clock.monotonic();
    const isInRow = now - this.#repairedAt < REPAIR_MEMORY_MS;
    this.#repairs = isInRow ? this.#repairs + 1 : 0;
    this.#repairedAt = now;
    return this.#repairs;
  }

  /** @returns whether others had changed one */
  async #assertAll(signal: AbortSignal): Promise<boolean> {
    const owner = await this.#options.owner(signal);
    const [first, second] = TYPES;
    const isFirst = await this.#assert(first, owner, signal);
    return (await this.#assert(second, owner, signal)) || isFirst;
  }

  async #assert(
    type: ResourceType,
    owner: OwnerReference | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { client } = this.#options;
    const key = { name: CONFIGURATION_NAME };
    const stored = await client.get<WebhookConfiguration>(type, key, { signal });
    const isForeign = this.#isChangedByOthers(type, stored);
    // Another replica may have renewed the authority: its bundle is right then, and ours is old.
    if (isForeign) await this.#options.certificate.refresh(signal);
    const wanted = this.#wanted(type, owner);
    const { webhooks } = wanted;
    const last = this.#asserted.get(type);
    const isRight =
      stored !== undefined &&
      isOwned(stored, owner) &&
      (isDeepStrictEqual(stored.webhooks, webhooks) ||
        (isDeepStrictEqual(last?.wanted, webhooks) &&
          isDeepStrictEqual(stored.webhooks, last?.stored)));
    if (isRight) {
      this.#asserted.set(type, { wanted: webhooks, stored: stored.webhooks });
      return false;
    }
    const written = await this.#write(type, wanted, stored, signal);
    this.#asserted.set(type, { wanted: webhooks, stored: written.webhooks });
    if (isForeign) this.#reportGap(type, stored, written);
    return isForeign;
  }

  #isChangedByOthers(type: ResourceType, stored: WebhookConfiguration | undefined): boolean {
    const last = this.#asserted.get(type);
    return last !== undefined && !isDeepStrictEqual(stored?.webhooks, last.stored);
  }

  #reportGap(
    type: ResourceType,
    stored: WebhookConfiguration | undefined,
    written: WebhookConfiguration,
  ): void {
    const found = stored === undefined ? 'deleted' : 'changed';
    this.#options.metrics.repaired();
    this.#options.onGap?.(written, found);
    this.#logger.warn(
      { resource: type.plural, found },
      'coverage gap: a webhook configuration was changed by others and was put right',
    );
  }

  #wanted(type: ResourceType, owner: OwnerReference | undefined): WebhookConfiguration {
    const { policies, bindings, certificate } = this.#options;
    const bound = new Set(bindings.list().map(({ spec }) => spec.policyName));
    const { validating, mutating } = buildWebhookConfigurations({
      ...this.#options,
      caBundle: certificate.current().caBundle,
      policies: policies
        .list()
        .filter(({ metadata }) => bound.has(metadata.name))
        .map(({ spec }) => spec),
    });
    const wanted = type === RESOURCES.validatingWebhookConfigurations ? validating : mutating;
    if (owner === undefined) return wanted;
    return { ...wanted, metadata: { ...wanted.metadata, ownerReferences: [owner] } };
  }

  async #write(
    type: ResourceType,
    wanted: WebhookConfiguration,
    stored: WebhookConfiguration | undefined,
    signal: AbortSignal,
  ): Promise<WebhookConfiguration> {
    const { client } = this.#options;
    if (stored === undefined) return client.create(type, wanted, { signal });
    const metadata = {
      ...stored.metadata,
      labels: { ...stored.metadata.labels, ...wanted.metadata.labels },
      ownerReferences: withOwners(stored.metadata.ownerReferences, wanted.metadata.ownerReferences),
    };
    const replaced = { ...stored, metadata, webhooks: wanted.webhooks };
    return client.replace(type, replaced, { signal });
  }

  /** Tries until it works; a lost race is tried again at once. */
  async #retried<T>(signal: AbortSignal, work: () => Promise<T>, what: string): Promise<T> {
    const { clock, random } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) throw error;
        const isRace = isClusterError(error, 'Conflict') || isClusterError(error, 'AlreadyExists');
        this.#problem = `${what}: ${error instanceof SluiceError ? error.message : 'failed'}`;
        if (!isRace) this.#logger.warn({ error, attempt }, 'registration is tried again');
        await sleep(clock, isRace ? 10 : backoffMs(attempt, RETRY, random), signal);
      }
    }
  }

  async #watch(type: ResourceType, signal: AbortSignal): Promise<void> {
    const reflector: Reflector<WebhookConfiguration> = createReflector({
      ...this.#options,
      type,
      fieldSelector: `metadata.name=${CONFIGURATION_NAME}`,
    });
    reflector.subscribe(() => {
      this.#waker.touch();
    });
    await reflector.run(signal);
  }
}
