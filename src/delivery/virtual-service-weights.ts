import type { Weights } from '../domain/run.ts';
import type { DeliveryNames } from './names.ts';
import type { VirtualService } from './virtual-service.ts';
import type { HttpRule, RouteDestination } from './virtual-service-rule.ts';

/**
 * The live weights of a VirtualService: those of the last rule that leads to the canary, for rules before it keep
 * clients where they are.
 * @returns undefined when no rule leads to it
 */
export function virtualServiceWeights(
  { spec }: VirtualService,
  { canaryService }: DeliveryNames,
): Weights | undefined {
  const rules: readonly Pick<HttpRule, 'route' | 'mirror'>[] = [
    ...(spec.http ?? []),
    ...(spec.tcp ?? []),
  ];
  const leads = (share: RouteDestination): boolean => share.destination.host === canaryService;
  const rule = rules.findLast(({ route }) => (route as typeof route | undefined)?.some(leads));
  if (rule === undefined) return undefined;
  const share = rule.route.find(leads);
  const canary = clamped(rule.route.length === 1 ? 100 : (share?.weight ?? 0));
  return { primary: 100 - canary, canary, mirrored: (rule.mirror?.host ?? '') !== '' };
}

function clamped(weight: number): number {
  return Math.min(100, Math.max(0, weight));
}
