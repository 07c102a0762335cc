/** What a kubeconfig file for the sandbox says. */
export interface KubeconfigParts {
  /** `http://127.0.0.1:PORT` */
  readonly server: string;
  readonly namespace: string;
}

/**
 * A kubeconfig document (JSON, which is YAML) with one cluster, one user and one context, all named `sluice-sandbox`.
 * The user has no credentials: whoever reaches the loopback address is the sandbox's admin.
 */
export function kubeconfig({ server, namespace }: KubeconfigParts): string {
  const name = 'sluice-sandbox';
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
