import { SluiceError } from '../domain/errors.ts';
import { createAuthority, createKey, issueServing, type ServingNames } from './authority.ts';
import { joinPem } from './ca-bundle.ts';
import { readPrivateKey } from './pair.ts';
import type { RotationPlan, SecretData } from './rotation.ts';

/** What new certificates are like. */
export interface Lifetimes extends ServingNames {
  readonly authorityMs: number;
  readonly servingMs: number;
}

/**
 * What the Secret holds after a plan has been carried out.
 * @param now milliseconds since the Unix epoch
 */
export async function renewed(
  plan: RotationPlan,
  data: SecretData,
  now: number,
  settings: Lifetimes,
): Promise<SecretData> {
  switch (plan.action) {
    case 'keep':
      return data;
    case 'drop-expired':
      return { ...data, 'ca.crt': joinPem(plan.bundle) };
    case 'restore':
      return {
        ...data,
        'ca.crt': joinPem(plan.bundle),
        'tls.key': plan.serving.key,
        'tls.crt': plan.serving.cert,
      };
    case 'renew-serving': {
      const key = readPrivateKey(plan.authority.key);
      if (key === undefined) throw new SluiceError('SLUICE_CERTIFICATE', 'no authority key');
      const authority = { key, cert: plan.authority.cert };
      const serving = issueServing(authority, await createKey(), {
        ...settings,
        now,
        lifetimeMs: settings.servingMs,
      });
      return {
        ...data,
        'ca.crt': joinPem(plan.bundle),
        'tls.key': serving.key,
        'tls.crt': serving.cert,
      };
    }
    case 'renew-authority':
      return newAuthority(plan, now, settings);
  }
}

async function newAuthority(
  { bundle, serving }: Extract<RotationPlan, { action: 'renew-authority' }>,
  now: number,
  settings: Lifetimes,
): Promise<SecretData> {
  // Both keys at once: they are made on other threads, and a first start waits for them.
  const [key, servingKey] = await Promise.all([createKey(), createKey()]);
  const authority = createAuthority(key, { now, lifetimeMs: settings.authorityMs });
  const issued =
    serving ??
    issueServing({ key, cert: authority.cert }, servingKey, {
      ...settings,
      now,
      lifetimeMs: settings.servingMs,
    });
  return {
    'ca.crt': joinPem([authority.cert, ...bundle]),
    'ca.key': authority.key,
    'tls.key': issued.key,
    'tls.crt': issued.cert,
  };
}
