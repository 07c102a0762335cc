/** What a kubeconfig file for the sandbox says. PEM texts. */
export interface KubeconfigParts {
  readonly server: string;
  readonly certificateAuthority: string;
  readonly token: string;
  readonly namespace: string;
}

/**
 * A kubeconfig document (JSON, which is YAML) with one cluster, one user and one context, all named `sluice-sandbox`.
 */
export function kubeconfig(parts: KubeconfigParts): string {
  const name = 'sluice-sandbox';
  const certificate = Buffer.from(parts.certificateAuthority).toString('base64');
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server: parts.server, 'certificate-authority-data': certificate } },
    ],
    users: [{ name, user: { token: parts.token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: parts.namespace } }],
    'current-context': name,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
