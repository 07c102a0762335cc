import type { CanaryService } from '../domain/canary.ts';

/** Whether `spec.service.appProtocol` says that connections are routed, not requests. */
export function isTcp({ appProtocol = '' }: Pick<CanaryService, 'appProtocol'>): boolean {
  return appProtocol.toLowerCase() === 'tcp';
}
