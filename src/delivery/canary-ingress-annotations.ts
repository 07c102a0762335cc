import type { Canary } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import { RECONCILE_DISABLED } from './names.ts';
import type { Problem } from './problem.ts';
import type { RouteContext } from './router/types.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const COOKIE = 'cookie';
/** What says that requests are sent to the canary by what they carry. */
const BY_REQUEST = ['canary-by-header', 'canary-by-cookie'];

type Annotations = Record<string, string>;

/**
 * The annotations of the Ingress that leads to the canary, as Flagger writes them: those of the Canary's Ingress, and
 * what sends the canary its share.
 * @param weight percent
 */
export function canaryAnnotations(
  source: KubeObject,
  context: RouteContext,
  weight: number,
): Annotations {
  const prefix = prefixOf(context);
  const inherited = Object.entries(source.metadata.annotations ?? {}).filter(
    ([key]) => !key.startsWith(`${prefix}canary`) && key !== LAST_APPLIED,
  );
  const byRequest = matchesOf(context.canary).length > 0;
  return {
    ...Object.fromEntries(inherited),
    ...RECONCILE_DISABLED,
    // Never turned off: ingress-nginx refuses two Ingresses with the same paths when neither is a canary.
    [`${prefix}canary`]: 'true',
    [`${prefix}canary-weight`]: String(byRequest ? 0 : weight),
    ...(byRequest && weight > 0 ? requestAnnotations(context) : {}),
  };
}

/** Annotations of the copy that are not the ingress controller's: whoever wrote them keeps them. */
export function unprefixed({ metadata }: KubeObject, context: RouteContext): Annotations {
  const prefix = prefixOf(context);
  return Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => !key.startsWith(prefix)),
  );
}

/** The canary's live share, percent; 100 while requests are sent to it by what they carry. */
export function canaryWeight({ metadata }: KubeObject, context: RouteContext): number {
  const { annotations = {} } = metadata;
  const prefix = prefixOf(context);
  const tests = matchesOf(context.canary).length > 0;
  if (tests && BY_REQUEST.some((name) => annotations[`${prefix}${name}`] !== undefined)) return 100;
  const weight = annotations[`${prefix}canary-weight`] ?? '';
  return /^\d+$/.test(weight) ? Math.min(100, Number(weight)) : 0;
}

/** What of `spec.analysis.match` ingress-nginx cannot do; undefined when it can do all of it. */
export function ingressMatchProblem(canary: Canary): Problem | undefined {
  const matches = matchesOf(canary);
  if (matches.length === 0) return undefined;
  if ((canary.spec.analysis?.iterations ?? 0) <= 0) {
    return unsupported(
      'needs spec.analysis.iterations: nginx has no weights among matching requests',
    );
  }
  for (const match of matches) {
    const other = Object.keys(match).find((member) => member !== 'headers');
    if (other !== undefined) return unsupported(`${other}: nginx matches headers and cookies only`);
    const headers = headersOf(match);
    if (headers.length === 0) return unsupported('without headers matches every request');
    const found = headers.map(([name, value]) => headerProblem(name, value)).find(Boolean);
    if (found !== undefined) return unsupported(found);
  }
  return undefined;
}

function headerProblem(name: string, value: StringMatch): string | undefined {
  if (name === COOKIE) {
    return value.exact === undefined
      ? 'headers.cookie: nginx takes the name of a cookie, as exact'
      : undefined;
  }
  const isKnown = value.exact !== undefined || value.regex !== undefined;
  return isKnown ? undefined : 'headers: nginx compares a header by exact or regex only';
}

function unsupported(what: string): Problem {
  return { reason: 'RouteUnsupported', message: `spec.analysis.match ${what}` };
}

interface StringMatch {
  readonly exact?: string;
  readonly regex?: string;
}

/** One header and one cookie is all that ingress-nginx compares: of several the last one counts, as in Flagger. */
function requestAnnotations(context: RouteContext): Annotations {
  const prefix = prefixOf(context);
  const headers = matchesOf(context.canary).flatMap(headersOf);
  const cookie = headers.findLast(([name]) => name === COOKIE)?.[1].exact ?? '';
  const [name, value] = headers.findLast(([each]) => each !== COOKIE) ?? ['', {}];
  const wanted = {
    'canary-by-cookie': cookie,
    'canary-by-header': name,
    'canary-by-header-value': value.exact ?? '',
    'canary-by-header-pattern': value.regex ?? '',
  };
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([key, text]) => (text === '' ? [] : [[prefix + key, text]])),
  );
}

function matchesOf({ spec }: Canary): readonly Record<string, unknown>[] {
  return spec.analysis?.match ?? [];
}

function headersOf(match: Record<string, unknown>): [string, StringMatch][] {
  return Object.entries((match['headers'] ?? {}) as Record<string, StringMatch>);
}

function prefixOf({ options }: RouteContext): string {
  return `${options.ingressAnnotationsPrefix}/`;
}
