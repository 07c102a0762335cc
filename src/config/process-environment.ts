/**
 * The variables of this process, for what reads its own by their well-known names: `KUBECONFIG`, `HOME`, proxies, the
 * address of the API server inside a Pod.
 */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return Object.freeze({ ...process.env });
}
