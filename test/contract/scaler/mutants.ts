import type { Scaler } from '../../../src/delivery/scaler/types.ts';
import { altered, type Contract } from '../frame/contract.ts';
import type { ScalerFixture } from './fixture.ts';

/** An autoscaler with each mistake. */
export const SCALER_MUTANTS: Contract<Scaler, ScalerFixture>['mutants'] = {
  'does nothing': (scaler) => altered(scaler, { withMin: (object) => object }),
  'swaps weights': () => ({ because: 'it sees no weights' }),
  'drops foreign fields': (scaler, { kept }) =>
    altered(scaler, {
      primarySpec: (target, context) =>
        Object.fromEntries(
          Object.entries(scaler.primarySpec(target, context)).filter(
            ([field]) => !kept.includes(field),
          ),
        ),
    }),
  'always passes': (scaler) => altered(scaler, { sameSpec: () => true }),
  'leaks a secret': (scaler) =>
    altered(scaler, {
      primarySpec: (target, context) => ({
        ...scaler.primarySpec(target, context),
        description: JSON.stringify(target.metadata.annotations),
      }),
    }),
};
