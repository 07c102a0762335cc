import type { Clock } from '../../domain/clock.ts';
import type { UserInfo } from '../../domain/decision.ts';
import type { Logger } from '../../domain/logger.ts';
import type { Authorize } from './authorize.ts';
import type { ResourceRegistry } from './registry.ts';
import type { ApiObject, ApiResource } from './resource.ts';
import type { RuleEngine } from './rules.ts';
import type { Store } from './store.ts';
import type { Fields } from './json.ts';

/** One write as admission sees it. Objects are in the form that the request's version serves. */
export interface AdmissionAttributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly resource: ApiResource;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** '' while the name is still to be generated. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly object: ApiObject | null;
  readonly oldObject: ApiObject | null;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions. */
  readonly options: Fields;
  readonly signal: AbortSignal;
  /** Collects a warning for the writer. */
  readonly warn: (text: string) => void;
}

/** What may change or refuse a write. Both reject with ApiError to refuse. */
export interface Admission {
  /** @returns the object, changed or not; null on DELETE */
  mutate(attributes: AdmissionAttributes): Promise<ApiObject | null>;
  validate(attributes: AdmissionAttributes): Promise<void>;
}

/** What every part of the server shares. */
export interface ServerContext {
  readonly store: Store;
  readonly registry: ResourceRegistry;
  readonly admission: Admission;
  readonly engine: RuleEngine;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly bookmarkIntervalMs: number;
  readonly authorize: Authorize;
  /** The configured user of a bearer token. */
  readonly userOfToken: (token: string) => UserInfo | undefined;
  /** Aborts when the server closes. */
  readonly closed: AbortSignal;
}

/** One write request, read from the URL and the body. */
export interface WriteRequest {
  readonly resource: ApiResource;
  readonly namespace: string | undefined;
  /** '' on create. */
  readonly name: string;
  readonly subresource: '' | 'status' | 'scale';
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  readonly fieldManager: string;
  /** `User-Agent` of the request; '' without one. */
  readonly userAgent: string;
  /** Server-side apply takes fields over from other managers. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly warnings: string[];
}
