import { createReviewHandler } from '../../../src/admission/review-handler.ts';
import type { AccessReviewer } from '../../../src/domain/access.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../../src/domain/policy.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { evaluateWindows } from '../../../src/governance/windows.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { createPolicyEngine } from '../../../src/policy/policy-engine.ts';
import { staticCache } from '../../../src/policy/static-cache.ts';
import { stubAuthorizer } from '../../../src/policy/stub-authorizer.ts';
import type { MatchingLine } from './draw-matching.ts';

/** What the webhook answers, in the words of the oracle's result. */
export interface WebhookResult {
  readonly allowed: boolean;
  readonly code?: number;
  readonly reason?: string;
  /** The first line. */
  readonly message?: string;
  readonly cause?: string;
  readonly warnings?: readonly string[];
  readonly audit?: Readonly<Record<string, string>>;
}

interface Line extends MatchingLine {
  readonly policy: KubeObject & { spec: RolloutPolicy['spec'] };
  readonly bindings: readonly RolloutPolicyBinding[];
  readonly paramObjects: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  readonly request: Readonly<Record<string, Json>>;
  readonly authorizer: Json;
  readonly object?: Json;
  readonly oldObject?: Json;
}

/** Sluice's own checks of stamps and of what Canaries generate are of no interest here. */
const WRITERS = ['ada', 'bob'];
const API = { apiVersion: 'sluice.dev/v1alpha1' };

/** Puts the policy and the request of a line to the whole review path: AdmissionReview in, AdmissionReview out. */
export async function throughWebhook(given: MatchingLine): Promise<WebhookResult> {
  const line = given as Line;
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'uid',
      ...line.request,
      object: line.object ?? null,
      oldObject: line.oldObject ?? null,
    },
  });
  const answer = await handlerOf(line)('/validate/fail', body);
  const { response } = JSON.parse(answer.body) as { response: Response };
  return resultOf(response);
}

interface Response {
  readonly allowed: boolean;
  readonly status?: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly details?: { readonly causes: readonly { readonly message: string }[] };
  };
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

function handlerOf(line: Line): ReturnType<typeof createReviewHandler> {
  const clock = new VirtualClock();
  const access = tableReviewer(line.authorizer);
  const engine = createPolicyEngine({
    policies: staticCache([{ ...line.policy, ...API, kind: 'RolloutPolicy' }]),
    bindings: staticCache(
      line.bindings.map((each) => ({ ...each, ...API, kind: 'RolloutPolicyBinding' })),
    ),
    windows: staticCache([]),
    namespaces: staticCache(line.namespaces),
    paramObjects: () => staticCache(line.paramObjects),
    evaluateWindows,
    clock,
    freshnessMs: 1000,
    systemNamespace: 'sluice-system',
    logger: silentLogger,
    access,
  });
  return createReviewHandler({ engine, clock, executorUsernames: WRITERS, access });
}

/** Answers at once. */
function tableReviewer(table: Json): AccessReviewer {
  const known: AccessReviewer['known'] = ({ user, question }) =>
    stubAuthorizer(table, user)(question);
  return {
    known,
    review: (request) => Promise.resolve(known(request) ?? { decision: 'noOpinion' }),
  };
}

function resultOf({ allowed, status, warnings, auditAnnotations }: Response): WebhookResult {
  const kubernetes = (text: string): string =>
    text.replaceAll('RolloutPolicy ', 'ValidatingAdmissionPolicy ');
  const own = Object.entries(auditAnnotations ?? {}).filter(
    ([key]) => key !== 'sluice.dev.decision',
  );
  return {
    allowed,
    ...(status === undefined
      ? {}
      : {
          code: status.code,
          reason: status.reason,
          message: kubernetes(status.message.split('\n')[0] ?? ''),
          cause: kubernetes(status.details?.causes[0]?.message ?? ''),
        }),
    ...(warnings === undefined ? {} : { warnings: warnings.map(kubernetes) }),
    ...(own.length === 0
      ? {}
      : { audit: Object.fromEntries(own.map(([key, value]) => [auditKey(key), value])) }),
  };
}

function auditKey(key: string): string {
  return key === 'sluice.dev.validation_failure'
    ? 'validation.policy.admission.k8s.io/validation_failure'
    : key.replace('.', '/');
}
