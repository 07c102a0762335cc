import type { Canary, CanaryAnalysis } from '../domain/canary.ts';
import { hookTypeOf } from './hook-client.ts';
import { HOOKS } from './hook/index.ts';
import { GATE_TIMEOUT_ANNOTATION } from './names.ts';
import type { Settings } from './settings.ts';
import { fractionIn } from './whole-numbers.ts';

/**
 * What cannot be done of a Canary's spec: values without a meaning, and combinations that no router, or not this one, can
 * route. Nothing of what Flagger carries out as it is written is in here.
 * @returns one sentence that names the fields; undefined when all of it can be done
 */
export function unsupportedOf(canary: Canary, settings: Settings): string | undefined {
  return impossibleIn(canary, settings) ?? unroutableIn(canary, settings);
}

/** What no provider could do: admission refuses it. */
export function impossibleIn(canary: Canary, settings: Settings): string | undefined {
  return (
    fraction(canary) ??
    sameCookies(canary.spec.analysis ?? {}) ??
    unknownHook(settings) ??
    unreadableTimeout(canary, settings)
  );
}

/** What the Canary's provider cannot do, or nothing would come of: admission warns of it. */
export function unroutableIn(canary: Canary, settings: Settings): string | undefined {
  const { analysis = {} } = canary.spec;
  const found = UNROUTABLE.find(({ used }) => used(analysis, settings));
  return found?.message(settings) ?? withoutSteps(settings);
}

const UNROUTABLE: readonly {
  readonly message: (settings: Settings) => string;
  readonly used: (analysis: CanaryAnalysis, settings: Settings) => boolean;
}[] = [
  {
    message: ({ provider }) => `provider ${provider} cannot route by analysis.match`,
    used: ({ match = [] }, { router }) => router.weighted && !router.match && match.length > 0,
  },
  {
    message: ({ provider }) => `provider ${provider} cannot mirror traffic (analysis.mirror)`,
    used: (_analysis, { mirror, router }) => mirror && !router.mirror,
  },
  {
    message: ({ provider }) =>
      `provider ${provider} mirrors traffic only while it iterates: analysis.mirror needs analysis.iterations`,
    used: (_analysis, { mirror, router, strategy }) =>
      mirror && strategy === 'canary' && !router.mirrorsWeighted,
  },
  {
    message: ({ provider }) =>
      `provider ${provider} cannot keep clients on one side (analysis.sessionAffinity)`,
    used: ({ sessionAffinity }, { router }) =>
      sessionAffinity !== undefined && router.weighted && !router.affinity,
  },
  {
    message: () => 'analysis.sessionAffinity and analysis.match exclude each other',
    used: ({ sessionAffinity, match = [] }, { router }) =>
      sessionAffinity !== undefined && router.weighted && match.length > 0,
  },
];

function fraction({ spec }: Canary): string | undefined {
  const found = fractionIn(spec);
  return found && `${found.path} is ${found.value} and must be a whole number`;
}

function sameCookies({ sessionAffinity }: CanaryAnalysis): string | undefined {
  const { cookieName, primaryCookieName } = sessionAffinity ?? {};
  if (cookieName === undefined || cookieName !== primaryCookieName) return undefined;
  return 'analysis.sessionAffinity needs different names in cookieName and primaryCookieName';
}

function unknownHook({ hooks }: Settings): string | undefined {
  const known = HOOKS.map(({ type }): string => type);
  const unknown = hooks.find((hook) => !known.includes(hookTypeOf(hook)));
  if (unknown === undefined) return undefined;
  return `the type of webhook ${unknown.name} is not known; known: ${known.join(', ')}`;
}

function withoutSteps(settings: Settings): string | undefined {
  const { strategy, skipAnalysis, stepWeight, stepWeights } = settings;
  const noSteps = stepWeight <= 0 && !stepWeights.some((weight) => weight > 0);
  if (strategy !== 'canary' || !noSteps || skipAnalysis) return undefined;
  return 'spec.analysis has none of stepWeight, stepWeights and iterations, so nothing would advance';
}

function unreadableTimeout({ metadata }: Canary, { gateTimeoutMs }: Settings): string | undefined {
  const text = metadata.annotations?.[GATE_TIMEOUT_ANNOTATION];
  if (text === undefined || gateTimeoutMs !== undefined) return undefined;
  return `annotation ${GATE_TIMEOUT_ANNOTATION} must be a duration, such as 30m or 2h`;
}
