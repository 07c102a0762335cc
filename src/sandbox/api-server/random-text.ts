const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** A random (version 4) UUID from the given source of [0, 1). */
export function randomUuid(random: () => number): string {
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const variant = '89ab'.charAt(Math.floor(random() * 4));
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}

/** A name from `metadata.generateName`: five characters more, of the alphabet that Kubernetes uses. */
export function generatedName(base: string, random: () => number): string {
  const suffix = Array.from({ length: 5 }, () =>
    SAFE.charAt(Math.floor(random() * SAFE.length)),
  ).join('');
  return `${base.slice(0, 58)}${suffix}`;
}
